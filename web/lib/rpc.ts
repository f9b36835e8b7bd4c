/**
 * Calls between a page and a worker, in both directions over any pair of
 * ports. A call is {id, name, args}; its answer {id, value} or {id, error};
 * a message {note} is one-way (progress). {alive} asks a worker to hold a lock
 * of that name for as long as it lives: whoever waits for the lock learns of
 * a death that nobody tells. A worker says the same of locks that its own
 * helpers hold. {born} is the worker's first word.
 */
import {
  CutoutError,
  toError,
  type ErrorCode,
  type ErrorDetail,
} from './errors.js';
import { SureWorker } from './sure_worker.js';

interface Endpoint {
  postMessage(message: unknown, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent) => void) | null;
}

type Call = { id: number; name: string; args: unknown[] };
type Answer = {
  id: number;
  value?: unknown;
  error?: { code: ErrorCode; message: string; detail: ErrorDetail };
};
type Message =
  | Call
  | Answer
  | { note: unknown }
  | { alive: string; died?: string }
  | { born: true };
type Method = (...args: never[]) => unknown;

/** In a worker: the port to whoever started it. */
export const workerPort = self as unknown as Endpoint;

/** A value to be moved, not copied, to the other side. */
export class Moved {
  constructor(
    readonly value: unknown,
    readonly transfer: Transferable[],
  ) {}
}

export class Peer {
  private next = 1;
  /** Why every call fails from now on. */
  failure: CutoutError | undefined;
  private readonly waiting = new Map<
    number,
    { resolve: (value: never) => void; reject: (error: Error) => void }
  >();

  constructor(
    private readonly port: Endpoint,
    private readonly methods: Record<string, Method> = {},
    private readonly onNote: (note: never) => void = () => {},
  ) {
    port.onmessage = (event) => this.receive(event.data as Message);
  }

  call<T>(
    name: string,
    args: unknown[] = [],
    transfer: Transferable[] = [],
  ): Promise<T> {
    if (this.failure) return Promise.reject(this.failure);
    const id = this.next++;
    return new Promise<T>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.port.postMessage({ id, name, args }, transfer);
    });
  }

  note(note: unknown): void {
    this.port.postMessage({ note }, []);
  }

  /** Every open and later call fails with this. */
  fail(error: CutoutError): void {
    this.failure ??= error;
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }

  protected receive(message: Message): void {
    if ('born' in message) return;
    if ('alive' in message) this.live(message.alive);
    else if ('note' in message) this.onNote(message.note as never);
    else if ('name' in message) void this.answer(message);
    else {
      const waiting = this.waiting.get(message.id);
      this.waiting.delete(message.id);
      const { error } = message;
      if (error)
        waiting?.reject(
          new CutoutError(error.code, error.message, error.detail),
        );
      else waiting?.resolve(message.value as never);
    }
  }

  private async answer({ id, name, args }: Call): Promise<void> {
    try {
      const method = this.methods[name];
      if (!method) throw new CutoutError('crash', `no method '${name}'`);
      const value: unknown = await method(...(args as never[]));
      if (value instanceof Moved)
        this.port.postMessage({ id, value: value.value }, value.transfer);
      else this.port.postMessage({ id, value }, []);
    } catch (thrown) {
      const { code, message, detail } = toError(thrown, 'crash');
      this.port.postMessage({ id, error: { code, message, detail } }, []);
    }
  }

  /** In a worker: holds the lock until the end, and says when it does. */
  private live(name: string): void {
    this.port.postMessage({ born: true }, []);
    void navigator.locks?.request(name, () => {
      this.port.postMessage({ alive: name }, []);
      return new Promise<never>(() => {});
    });
  }
}

/** A worker with its peer: dies once, and every call with it. */
export class WorkerPeer extends Peer {
  /** When it was last heard of. */
  beat = performance.now();
  /** Resolves when it is closed, with why. */
  readonly gone: Promise<CutoutError>;
  private readonly worker: SureWorker;
  private tellGone!: (why: CutoutError) => void;

  constructor(make: () => Worker, onNote?: (note: never) => void) {
    const worker = new SureWorker(make);
    super(worker, {}, onNote);
    this.worker = worker;
    this.gone = new Promise((resolve) => (this.tellGone = resolve));
    worker.onfailure = (message) =>
      this.close(new CutoutError('crash', message, { where: 'worker' }));
    const name = `cutout-alive-${Math.random()}`;
    worker.postMessage({ alive: name }, []);
  }

  protected override receive(message: Message): void {
    this.beat = performance.now();
    if (!('alive' in message)) return super.receive(message);
    const { alive, died = 'A worker died without a word.' } = message;
    void navigator.locks.request(alive, () => {
      this.close(new CutoutError('crash', died, { where: 'worker' }));
    });
  }

  /** Ends the worker as if the browser had: nobody is told. */
  kill(): void {
    this.worker.terminate();
  }

  close(error: CutoutError): void {
    this.worker.terminate();
    this.fail(error);
    this.tellGone(this.failure!);
  }
}
