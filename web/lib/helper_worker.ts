/** A thread of the engine: takes its seat, and when told to begin, goes to
 * work and never comes back. */
import { takeSeat, type HelperSeat } from './engine.js';

self.onmessage = async (event: MessageEvent<HelperSeat>) => {
  const work = await takeSeat(event.data);
  self.onmessage = work;
  self.postMessage('seated');
};
