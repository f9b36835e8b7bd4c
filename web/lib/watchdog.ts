/**
 * Notices a worker that has fallen silent. Every message of a worker is a
 * heart-beat; how long it may be silent depends on what it is doing.
 */
import { CutoutError } from './errors.js';
import type { WorkerPeer } from './rpc.js';
import type { Stage } from './types.js';

/** A step of the network is one heart-beat: none of them holds more than an
 * eighth of the work, and twice that is allowed ten times over. */
const stepShare = 1 / 8;
const patience = 20;
const floorMs = 10_000;
const mostMs = 90_000;

/** The store has patience of its own with servers and disks. */
const quietMs: Partial<Record<Stage, number>> = {
  decode: 120_000, // a large HEIC file gives no sign for long
  encode: 120_000,
  download: 90_000,
  store: 90_000,
  setup: 60_000,
};

/** Multiply-adds per millisecond by route, 1e9: as last measured. */
const speeds = new Map<string, number>();

export function learnSpeed(route: string, gmac: number, ms: number): void {
  if (gmac > 0 && ms > 1) speeds.set(route, gmac / ms);
}

export interface Work {
  route: string;
  stage: Stage;
  /** Of the whole network; 0 while it is not known. */
  gmac: number;
  /** Instead of the floor; tests have less time. */
  floorMs?: number;
}

/** How long a worker may be silent. */
export function silenceAllowed({ route, stage, gmac, floorMs: own }: Work) {
  if (own !== undefined) return own;
  const fixed = quietMs[stage];
  if (fixed !== undefined) return fixed;
  const speed = speeds.get(route);
  if (!speed || !gmac) return 60_000;
  const step = (gmac / speed) * stepShare;
  return Math.min(Math.max(floorMs, step * patience), mostMs);
}

/** Closes `peer` when it has been silent for longer than `allowed`. Returns
 * how to end the watch. */
export function watch(
  peer: WorkerPeer,
  allowed: () => number,
  where: string,
): () => void {
  let timer: ReturnType<typeof setTimeout>;
  let due = 0;
  peer.beat = performance.now();
  const check = () => {
    const now = performance.now();
    if (now - due > 2000) peer.beat = now; // all of us were asleep
    const left = peer.beat + allowed() - now;
    if (left <= 0) {
      const seconds = (allowed() / 1000).toFixed(1);
      const message = `A worker was silent for ${seconds} seconds.`;
      peer.close(new CutoutError('hang', message, { where }));
      return;
    }
    const wait = Math.min(left, 1000);
    due = now + wait;
    timer = setTimeout(check, wait);
  };
  due = performance.now();
  timer = setTimeout(check, 50);
  return () => clearTimeout(timer);
}
