import cluster, { type Worker } from 'node:cluster';
import type { Logger } from '../../core/ports/logger.js';
import type { Readiness } from '../../observability/admin-endpoints.js';
import type { ToPrimary, ToWorker, WorkerState } from './worker-messages.js';

/** A worker that does not say how it is within this time counts as one that is not ready. */
const REPORT_MS = 1_000;
/** One that dies younger is not replaced at once: something makes all of them die. */
const YOUNG_MS = 5_000;
const REPLACE_YOUNG_AFTER_MS = 1_000;

/** A worker ended before it was in service. If it did so by itself, it has said why. */
export class WorkerFailed extends Error {
  override readonly name = 'WorkerFailed';
  constructor(readonly signal: string | null) {
    super(`a worker was ended by ${signal} before it was in service`);
  }
}

interface Member {
  worker: Worker;
  forkedAt: number;
  started: Promise<Readonly<Record<string, string>>>;
}

/** Holds so many workers of one node: they share its port, and one that dies is replaced. */
export class WorkerPool {
  readonly #members = new Set<Member>();
  readonly #reports = new Map<number, (state: WorkerState) => void>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #asked = 0;
  #stopping = false;
  #onEmpty = () => {};

  /** @param answer what the whole node answers at a path of health or metrics */
  constructor(
    private readonly count: number,
    private readonly answer: (path: string) => Promise<Extract<ToWorker, { type: 'tidings:answer' }>['answer']>,
    private readonly logger: Logger,
  ) {}

  /** Resolves when all are in service. What prevents the first one is told once, and by itself. */
  async start(): Promise<Readonly<Record<string, string>>> {
    const urls = await this.#fork().started;
    await Promise.all(Array.from({ length: this.count - 1 }, () => this.#fork().started));
    for (const member of this.#members) this.#replaceWhenGone(member);
    return urls;
  }

  /** What each worker says; null for one that does not. */
  states(): Promise<Array<WorkerState | null>> {
    return Promise.all([...this.#members].map(({ worker }) => this.#stateOf(worker)));
  }

  /** Ready once all are; draining once one of them goes out of service with the node. */
  readiness(states: ReadonlyArray<WorkerState | null>): Readiness {
    const known = states.flatMap((state) => (state ? [state.readiness] : []));
    const all = known.length === this.count && known.every(({ state }) => state === 'ready');
    return {
      state: this.#stopping ? 'draining' : all ? 'ready' : 'starting',
      missingMigrations: [...new Set(known.flatMap(({ missingMigrations }) => missingMigrations))],
      degraded: [...new Set(known.flatMap(({ degraded }) => degraded))],
    };
  }

  /** Passes SIGTERM on, and resolves when all have ended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const timer of this.#timers) clearTimeout(timer);
    if (this.#members.size === 0) return;
    const empty = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    for (const { worker } of this.#members) worker.process.kill('SIGTERM');
    await empty;
  }

  #fork(): Member {
    const worker = cluster.fork();
    const started = new Promise<Readonly<Record<string, string>>>((resolve, reject) => {
      worker.on('message', (message: ToPrimary) => {
        if (message.type === 'tidings:started') resolve(message.urls);
        else void this.#heard(worker, message);
      });
      worker.once('exit', (_status, signal) => reject(new WorkerFailed(signal)));
    });
    const member = { worker, forkedAt: performance.now(), started };
    this.#members.add(member);
    worker.once('exit', () => {
      this.#members.delete(member);
      if (this.#members.size === 0) this.#onEmpty();
    });
    // A message to one that has just died is lost with it.
    worker.on('error', (error) => this.logger.debug({ err: error }, 'a worker could not be told'));
    return member;
  }

  #replaceWhenGone({ worker, forkedAt }: Member): void {
    const replace = (status: number | null, signal: string | null) => {
      if (this.#stopping) return;
      const young = performance.now() - forkedAt < YOUNG_MS;
      this.logger.error({ worker: worker.process.pid, status, signal }, 'a worker died and is replaced');
      const timer = setTimeout(
        () => {
          this.#timers.delete(timer);
          const member = this.#fork();
          member.started.catch(() => {});
          this.#replaceWhenGone(member);
        },
        young ? REPLACE_YOUNG_AFTER_MS : 0,
      );
      this.#timers.add(timer);
    };
    if (worker.isDead()) replace(worker.process.exitCode, worker.process.signalCode);
    else worker.once('exit', replace);
  }

  async #heard(worker: Worker, message: ToPrimary): Promise<void> {
    if (message.type === 'tidings:state') {
      this.#reports.get(message.id)?.(message.state);
    } else if (message.type === 'tidings:ask') {
      const answer = await this.answer(message.path);
      if (worker.isConnected()) worker.send({ type: 'tidings:answer', id: message.id, answer } satisfies ToWorker);
    }
  }

  #stateOf(worker: Worker): Promise<WorkerState | null> {
    const id = ++this.#asked;
    return new Promise((resolve) => {
      const end = (state: WorkerState | null) => {
        clearTimeout(timer);
        this.#reports.delete(id);
        resolve(state);
      };
      const timer = setTimeout(() => end(null), REPORT_MS);
      this.#reports.set(id, end);
      if (worker.isConnected()) worker.send({ type: 'tidings:report', id } satisfies ToWorker);
      else end(null);
    });
  }
}
