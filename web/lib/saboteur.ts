/**
 * Carries out the mishaps of chaos.ts inside a worker: it destroys the real
 * device, terminates the real worker, flips a byte of the stored chunk. Loaded
 * only by jobs that ask for it.
 */
import type { Mishap, Moment } from './chaos.js';
import { openChunkStore } from './chunk_store.js';
import { CutoutError } from './errors.js';

/** What a worker lets be broken. */
export interface Seams {
  /** Takes memory that there is not: throws what that really throws. */
  exhaust?: () => void;
  /** Of a route on the GPU. */
  device?: () => GPUDevice | undefined;
  /** Threads of the engine's besides its own. */
  helpers?: () => number;
  /** Makes one trap at its work: who waits for that never comes back. */
  breakHelper?: () => void;
  /** Names of the model's chunks, in order. */
  chunks?: () => string[];
  /** The mask as the network gave it. */
  mask?: () => Float32Array;
}

export type Tell = (note: { chaos: number; kill: boolean }) => void;

/** Whoever listens here hears of every mishap as it begins. */
const channel = 'cutout-chaos';
const pauseMs = 3000;

const forever = () => new Promise<never>(() => {});

const sleep = (ms: number) =>
  new Promise<void>((done) => setTimeout(done, ms));

/** Blocks the worker for good. */
function spin(): never {
  for (;;);
}

function spinFor(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

export class Saboteur {
  constructor(
    private readonly mishaps: Mishap[],
    private readonly tell: Tell,
    private readonly seams: Seams,
    /** Damage that shows at the output, done earlier. */
    public damage?: Mishap,
  ) {
    this.breakFetch();
  }

  private take(m: Mishap, kill = false): void {
    m.times--;
    this.tell({ chaos: m.id, kill });
    new BroadcastChannel(channel).postMessage({ ...m });
  }

  private due(moment: Moment, share = 0): Mishap[] {
    return this.mishaps.filter(
      (m) =>
        m.times > 0 &&
        m.deed !== 'offline' &&
        m.moment === moment &&
        m.share <= share,
    );
  }

  /** A moment at which the worker can wait. */
  async at(moment: Moment): Promise<void> {
    for (const m of this.due(moment)) {
      if (m.deed === 'hang') {
        this.take(m);
        await forever();
      } else if (m.deed === 'worker-crash') {
        this.take(m);
        setTimeout(() => {
          throw new Error('chaos: a worker crashed');
        });
        await forever();
      } else if (m.deed === 'worker-vanish') {
        this.take(m, true);
        await forever();
      } else if (m.deed === 'pause') {
        await this.pause(m);
      } else {
        await this.anywhere(m);
      }
    }
    if (moment === 'output') this.spoil();
  }

  /** Within the running network, which cannot wait. */
  share(done: number): void {
    for (const m of this.due('infer', done)) {
      if (m.share === 0) continue; // at('infer') did it
      if (m.deed === 'hang') {
        this.take(m);
        spin();
      } else if (m.deed === 'worker-crash') {
        this.take(m);
        reportError(new Error('chaos: a worker crashed'));
        spin();
      } else if (m.deed === 'worker-vanish') {
        this.take(m, true);
        spin();
      } else if (m.deed === 'pause') {
        this.take(m);
        spinFor(pauseMs);
      } else {
        // what can be thrown is thrown at once; what must wait, later
        this.anywhere(m).catch(() => {});
        if (this.thrown) throw this.thrown;
      }
    }
  }

  /** Not for longer than the device is there. */
  private async pause(m: Mishap): Promise<void> {
    const device = this.seams.device?.();
    if (m.moment === 'setup' && m.times > 0 && !device) return;
    this.take(m);
    await Promise.race([device?.lost ?? sleep(pauseMs), sleep(pauseMs)]);
  }

  private thrown: CutoutError | undefined;

  private fail(error: CutoutError): never {
    this.thrown = error;
    throw error;
  }

  private async anywhere(m: Mishap): Promise<void> {
    const device = this.seams.device?.();
    const needsDevice =
      m.deed === 'device-lost' || m.deed === 'validation-error';
    const needsHelper = m.deed === 'helper-crash';
    if (needsHelper && !this.seams.helpers?.()) return;
    if (needsDevice && !device) return; // not yet, or never on this route
    if (m.deed === 'shader-compilation' && m.moment === 'setup' && !device)
      return this.breakShaders(m);
    if (m.deed === 'shader-compilation' && !device) return;
    if (m.deed === 'no-device') return device ? undefined : this.hideGpu(m);
    if (m.deed === 'wrong-shader') {
      if (m.moment === 'setup' && !device) this.miscompile(m);
      return; // too late for a shader
    }
    this.take(m);
    switch (m.deed) {
      case 'device-lost':
        device!.destroy();
        return;
      case 'validation-error':
        // a usage that does not exist; told when the queue has come to it
        device!.createBuffer({ size: 16, usage: 0x8000_0000 });
        return device!.queue.onSubmittedWorkDone().then(() => {});
      case 'shader-compilation':
        return this.fail(new CutoutError('gpu-shader', 'chaos: a shader'));
      case 'helper-crash':
        this.seams.breakHelper!();
        return spin(); // as it would
      case 'oom':
        return device ? this.exhaustGpu(device) : this.exhaust();
      case 'corrupt-chunk':
        return this.corrupt(m);
      case 'quota':
        return this.breakCache('put', 'QuotaExceededError');
      case 'storage-failed':
        return this.breakStorage(m);
      default:
        this.damage = m;
    }
  }

  private exhaust(): void {
    try {
      if (this.seams.exhaust) this.seams.exhaust();
      else new ArrayBuffer(Number.MAX_SAFE_INTEGER);
    } catch (error) {
      const message = 'The browser gave no more memory.';
      const where = this.seams.exhaust ? 'wasm' : 'worker';
      if (error instanceof CutoutError) this.fail(error);
      this.fail(new CutoutError('no-memory', message, { where }));
    }
  }

  /** More than any implementation maps: it throws at once. */
  private exhaustGpu(device: GPUDevice): void {
    try {
      const size = 2 ** 52;
      device.createBuffer({ size, usage: 8, mappedAtCreation: true });
    } catch {
      // a RangeError, or a scope will tell
    }
    const message = 'chaos: the GPU gave no more memory';
    this.fail(new CutoutError('gpu-memory', message, { where: 'gpu' }));
  }

  /** The next shader that is compiled does not compile. */
  private breakShaders(m: Mishap): void {
    if (typeof GPUDevice === 'undefined') return;
    const proto = GPUDevice.prototype;
    const real = proto.createShaderModule;
    const take = () => this.take(m);
    proto.createShaderModule = function (descriptor) {
      if (m.times <= 0) return real.call(this, descriptor);
      take();
      const code = `${descriptor.code} chaos`;
      return real.call(this, { ...descriptor, code });
    };
  }

  /** Asked for an adapter, the browser says that there is none. */
  private hideGpu(m: Mishap): void {
    if (typeof GPU === 'undefined') return;
    GPU.prototype.requestAdapter = () => {
      if (m.times > 0) this.take(m);
      return Promise.resolve(null);
    };
  }

  /** All convolutions give 0.9 of what they should: plausible, and wrong. */
  private miscompile(m: Mishap): void {
    if (typeof GPUDevice === 'undefined') return;
    const proto = GPUDevice.prototype;
    const real = proto.createShaderModule;
    const take = () => m.times > 0 && this.take(m);
    proto.createShaderModule = function (descriptor) {
      const right = 'fn activate(v: A) -> A {';
      const wrong = 'fn activate(u: A) -> A { let v = u * A(0.9);';
      const code = descriptor.code.replace(right, wrong);
      if (code !== descriptor.code) take();
      return real.call(this, { ...descriptor, code });
    };
  }

  private async corrupt(m: Mishap): Promise<void> {
    const late = m.moment !== 'store';
    if (late)
      this.thrown = new CutoutError('corrupt', 'chaos: a chunk is damaged');
    const names = this.seams.chunks?.() ?? [];
    const name = names[m.chunk % Math.max(1, names.length)];
    const store = await openChunkStore();
    const bytes = name && (await store.read(name));
    if (bytes) {
      bytes[bytes.length >> 1]! ^= 1;
      await store.write(name, bytes);
    }
    if (late) throw this.thrown!;
  }

  private breakCache(method: 'put' | 'match', error: string): void {
    const broken = (): Promise<never> =>
      Promise.reject(new DOMException('chaos', error));
    Object.assign(Cache.prototype, { [method]: broken });
  }

  private breakStorage(m: Mishap): void {
    this.breakCache('match', 'UnknownError');
    this.breakCache('put', 'UnknownError');
    if (m.moment !== 'store')
      this.fail(new CutoutError('storage', 'chaos: the storage failed'));
  }

  /** The fetch of a chunk fails, counted over the chunks asked for. */
  private breakFetch(): void {
    const offline = this.mishaps.filter(({ deed }) => deed === 'offline');
    if (!offline.length) return;
    const real = self.fetch;
    const asked: string[] = [];
    self.fetch = (input, init) => {
      const url = String(input instanceof Request ? input.url : input);
      if (!/\/[0-9a-f]{64}$/.test(url)) return real(input, init);
      if (!asked.includes(url)) asked.push(url);
      const m = offline.find(
        ({ chunk, times }) => times > 0 && asked[chunk] === url,
      );
      if (!m) return real(input, init);
      this.take(m);
      return Promise.reject(new TypeError('chaos: no network'));
    };
  }

  private spoil(): void {
    const m = this.damage;
    const mask = m && this.seams.mask?.();
    if (!mask) return;
    if (m.deed === 'nan') mask[mask.length >> 1] = NaN;
    else if (m.deed === 'constant') mask.fill(0.5);
    else if (m.deed === 'out-of-range') mask[mask.length >> 1] = 1e6;
    else return;
    this.damage = undefined;
  }

  /** The finished pixels; too few of them after `wrong-shape`. */
  pixels(whole: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    if (this.damage?.deed !== 'wrong-shape') return whole;
    this.damage = undefined;
    return whole.slice(0, -4);
  }
}
