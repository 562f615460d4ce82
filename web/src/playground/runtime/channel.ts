// A worker that is asked one thing at a time. Whoever asks says how long they wait; then the worker is ended, since a
// worker that computes cannot be interrupted otherwise.

/** The worker did not answer in time, and is gone. */
export class Killed extends Error {
  override name = "Killed";
  constructor(readonly afterMs: number) {
    super(`the worker was ended after ${afterMs} ms`);
  }
}

/** The worker could not be started, or broke outside of what it was asked. */
export class WorkerBroke extends Error {
  override name = "WorkerBroke";
}

interface Waiting<Heard> {
  hear: (message: Heard) => void;
  fail: (error: Error) => void;
}

export class Channel<Said, Heard> {
  private readonly worker: Worker;
  private waiting: Waiting<Heard> | null = null;
  private broken: Error | null = null;
  /** What came before it was waited for: the worker's first word. */
  private early: Heard[] = [];

  constructor(url: string) {
    this.worker = new Worker(url, { type: "module" });
    this.worker.onmessage = ({ data }: MessageEvent<Heard>) => this.heard(data);
    this.worker.onerror = (event) => this.end(new WorkerBroke(event.message || `${url} could not be started`));
    this.worker.onmessageerror = () => this.end(new WorkerBroke("what the worker said cannot be read"));
  }

  get alive(): boolean {
    return this.broken === null;
  }

  /** Waits for the next message. */
  async next(patienceMs: number): Promise<Heard> {
    if (this.broken !== null) throw this.broken;
    const early = this.early.shift();
    if (early !== undefined) return early;
    if (this.waiting !== null) throw new Error("a worker is asked one thing at a time");
    return await new Promise<Heard>((resolve, reject) => {
      const timer = setTimeout(() => this.end(new Killed(patienceMs)), patienceMs);
      const settle = () => {
        clearTimeout(timer);
        this.waiting = null;
      };
      this.waiting = {
        hear: (message) => {
          settle();
          resolve(message);
        },
        fail: (error) => {
          settle();
          reject(error);
        },
      };
    });
  }

  ask(message: Said, patienceMs: number): Promise<Heard> {
    this.worker.postMessage(message);
    return this.next(patienceMs);
  }

  end(reason: Error = new WorkerBroke("the worker was ended")): void {
    if (this.broken !== null) return;
    this.broken = reason;
    this.worker.terminate();
    this.waiting?.fail(reason);
  }

  private heard(message: Heard): void {
    if (this.waiting === null) this.early.push(message);
    else this.waiting.hear(message);
  }
}
