/** A thread of the engine: takes its seat, and when told to begin, goes to
 * work and never comes back. It holds a lock for as long as it lives: the page
 * learns of its end from that, because the engine's own thread may be waiting
 * for it inside the module, where it hears of nothing. */
import { takeSeat, type HelperSeat } from './engine.js';
import { toError, type ErrorCode } from './errors.js';

/** What a helper says once; `alive` is the name of its lock. */
export interface Seated {
  alive?: string;
  failed?: { code: ErrorCode; message: string };
}

const say = (seated: Seated) => self.postMessage(seated);

interface Hold {
  name: string | undefined;
  release: () => void;
}

/** Without locks nobody is told, and the watchdog has to notice. */
function hold(name: string): Promise<Hold> {
  return new Promise((resolve) => {
    const none = () => resolve({ name: undefined, release: () => {} });
    if (!navigator.locks) return none();
    const body = () =>
      new Promise<void>((release) => resolve({ name, release }));
    navigator.locks.request(name, body).catch(none);
  });
}

self.onmessage = async ({ data: seat }: MessageEvent<HelperSeat>) => {
  try {
    const { name, release } = await hold(`cutout-helper-${Math.random()}`);
    const work = await takeSeat(seat);
    self.onmessage = () => {
      try {
        work();
      } finally {
        release();
        // not left to its parent's end: Chromium sometimes keeps both then
        self.close();
      }
    };
    say(name ? { alive: name } : {});
  } catch (thrown) {
    const { code, message } = toError(thrown, 'crash');
    say({ failed: { code, message } });
  }
};
