/** Jobs run one after the other, in the order in which they were asked for. */
import { cancelled } from './errors.js';

let last: Promise<unknown> = Promise.resolve();

/** Waits for the jobs before. A job that is cancelled while it waits says so
 * at once, and ends as soon as it has its turn; later, it says so itself. */
export function inTurn<T>(
  body: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  let begun = false;
  const begin = () => ((begun = true), body());
  const turn = last.then(begin, begin);
  last = turn.catch(() => {});
  if (!signal) return turn;
  return new Promise<T>((resolve, reject) => {
    const abort = () => begun || reject(cancelled());
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    const over = () => signal.removeEventListener('abort', abort);
    turn.then(resolve, reject).finally(over);
  });
}
