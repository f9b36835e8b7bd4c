/**
 * Calls between a page and a worker, in both directions over any pair of
 * ports. A call is {id, name, args}; its answer {id, value} or {id, error};
 * a message {note} is one-way (progress).
 */
import { CutoutError, toError, type ErrorCode } from './errors.js';

interface Endpoint {
  postMessage(message: unknown, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent) => void) | null;
}

type Call = { id: number; name: string; args: unknown[] };
type Answer = {
  id: number;
  value?: unknown;
  error?: { code: ErrorCode; message: string };
};
type Message = Call | Answer | { note: unknown };
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
  private failure: CutoutError | undefined;
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

  private receive(message: Message): void {
    if ('note' in message) this.onNote(message.note as never);
    else if ('name' in message) void this.answer(message);
    else {
      const waiting = this.waiting.get(message.id);
      this.waiting.delete(message.id);
      const { error } = message;
      if (error) waiting?.reject(new CutoutError(error.code, error.message));
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
      const { code, message } = toError(thrown, 'crash');
      this.port.postMessage({ id, error: { code, message } }, []);
    }
  }
}

/** A worker with its peer: dies once, and every call with it. */
export class WorkerPeer extends Peer {
  constructor(
    private readonly worker: Worker,
    onNote?: (note: never) => void,
  ) {
    super(worker, {}, onNote);
    worker.onerror = (event) => {
      event.preventDefault();
      const message = event.message || 'A worker could not be started.';
      this.close(new CutoutError('crash', message));
    };
  }

  close(error: CutoutError): void {
    this.worker.terminate();
    this.fail(error);
  }
}
