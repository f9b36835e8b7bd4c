/** A thread of the engine: takes its seat and never comes back. */
import { runHelper, type HelperSeat } from './engine.js';

self.onmessage = (event: MessageEvent<HelperSeat>) => {
  self.postMessage('here');
  void runHelper(event.data);
};
