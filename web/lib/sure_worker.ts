/**
 * A worker that is started once more when it does not come to life. A script
 * may fail to load, or never run, for reasons that have nothing to do with
 * what the worker is for: Firefox loses it when a service worker takes over
 * the page at that moment.
 */

/** What was posted, and whether the worker of now has it. */
interface Letter {
  message: unknown;
  transfer: Transferable[];
  sent: boolean;
}

/** Without a sign of life for so long, a script will not run any more. */
const lifeless = 10_000;

export class SureWorker {
  onmessage: ((event: MessageEvent) => void) | null = null;
  /** Dead; of no use from now on. */
  onfailure: (message: string) => void = () => {};
  private worker!: Worker;
  /** Until the first sign of life, to be posted again. */
  private letters: Letter[] | undefined = [];
  private lives = 2;
  private readonly timer: ReturnType<typeof setTimeout>;

  constructor(private readonly make: () => Worker) {
    this.start();
    const late = () => this.fail('A worker did not start.');
    this.timer = setTimeout(late, lifeless);
  }

  postMessage(message: unknown, transfer: Transferable[]): void {
    if (!this.letters) return this.worker.postMessage(message, transfer);
    this.letters.push({ message, transfer, sent: false });
    this.send();
  }

  terminate(): void {
    clearTimeout(this.timer);
    this.letters = undefined;
    this.worker.terminate();
  }

  private start(): void {
    const worker = this.make();
    this.worker = worker;
    this.lives--;
    worker.onmessage = (event) => {
      this.live();
      this.onmessage?.(event);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.fail(event.message || 'A worker could not be started.');
    };
    worker.onmessageerror = () => this.fail('A message did not arrive whole.');
  }

  /** What is moved cannot be posted twice: it waits, and what follows too. */
  private send(alive = false): void {
    for (const letter of this.letters!) {
      if (letter.sent) continue;
      if (letter.transfer.length && !alive) return;
      letter.sent = true;
      this.worker.postMessage(letter.message, letter.transfer);
    }
  }

  private live(): void {
    if (!this.letters) return;
    clearTimeout(this.timer);
    this.send(true);
    this.letters = undefined;
  }

  private fail(message: string): void {
    if (!this.letters || !this.lives) return this.onfailure(message);
    this.worker.terminate();
    for (const letter of this.letters) letter.sent = false;
    this.start();
    this.send();
  }
}
