import cluster, { type Worker } from 'node:cluster';
import type { Logger } from '../../core/ports/logger.js';
import { systemTimers } from '../../lib/time/timers.js';
import type { Readiness } from '../../observability/admin-endpoints.js';
import { type Allowance, balanceConnections, type Load } from './connection-balance.js';
import type { ToPrimary, ToWorker, WorkerState } from './worker-messages.js';

/** Counts a worker that does not report within this time as not ready, in milliseconds. */
const REPORT_MS = 1_000;
/**
 * Delays the replacement of a worker that died younger than this, in milliseconds: all may be dying.
 */
const YOUNG_MS = 5_000;
/** Delays it by this time, in milliseconds. */
const REPLACE_YOUNG_AFTER_MS = 1_000;

/** Says that a worker ended before it was in service. If no signal ended it, it has said why by itself. */
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
  /** Holds what it told of its connections; null until it has. */
  load: Load | null;
  /** The most that it was allowed last; null before the first time. */
  allowed: number | null;
}

/** What all workers of a node have in common. */
interface PoolOptions {
  /** How many there are. */
  count: number;
  /** Sockets that they may hold together; null for those that serve no connections of recipients. */
  maxConnections: number | null;
  logger: Logger;
}

/** Holds the workers of one node, which share its port, and replaces those that die. */
export class WorkerPool {
  /** Resolves once a worker can be given work. */
  readonly ready: Promise<void>;
  readonly #members = new Set<Member>();
  readonly #reports = new Map<number, (state: WorkerState) => void>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #asked = 0;
  #stopping = false;
  #onEmpty = () => {};
  #onReady = () => {};

  /** @param answer answers for the whole node at a path of health or metrics */
  constructor(
    private readonly answer: (path: string) => Promise<Extract<ToWorker, { type: 'tidings:answer' }>['answer']>,
    private readonly options: PoolOptions,
  ) {
    // With the cluster's own turns each connection passes the primary, which takes more time than admission.
    cluster.schedulingPolicy = options.maxConnections === null ? cluster.SCHED_RR : cluster.SCHED_NONE;
    this.ready = new Promise((resolve) => {
      this.#onReady = resolve;
    });
  }

  /** Resolves when all are in service. The others start after the first, so that a failure is told once. */
  async start(): Promise<Readonly<Record<string, string>>> {
    const first = this.#fork();
    const urls = await first.started;
    const others = Array.from({ length: this.options.count - 1 }, () => this.#fork());
    await Promise.all(others.map(({ started }) => started));
    // One that has died meanwhile is no member any more.
    for (const member of [first, ...others]) this.#replaceWhenGone(member);
    return urls;
  }

  /**
   * Asks each worker for its state; null for one that does not answer.
   * @param tenants true if they are to tell what each tenant did, too
   */
  states(tenants = false): Promise<Array<WorkerState | null>> {
    return Promise.all([...this.#members].map(({ worker }) => this.#stateOf(worker, tenants)));
  }

  /**
   * Combines readiness: ready while any worker is, since new connections go to those alone that listen;
   * draining once the node goes out of service.
   */
  readiness(states: ReadonlyArray<WorkerState | null>): Readiness {
    const known = states.flatMap((state) => (state ? [state.readiness] : []));
    const serving = known.some(({ state }) => state === 'ready');
    const inService = serving ? 'ready' : 'starting';
    return {
      state: this.#stopping ? 'draining' : inService,
      missingMigrations: serving ? [] : [...new Set(known.flatMap(({ missingMigrations }) => missingMigrations))],
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

  /** What a worker may hold before it is told: see `shareOf`. */
  get #firstShare(): number {
    return Math.max(1, Math.floor((this.options.maxConnections ?? 0) / this.options.count));
  }

  #fork(): Member {
    const worker = cluster.fork();
    const told = ({ sockets, obeyed }: Extract<ToPrimary, { type: 'tidings:held' }>) => {
      const { accepts = true, mayHold = this.#firstShare } = member.load ?? {};
      // An answer to an older allowance says nothing: a larger one may be on its way.
      const isUpToDate = obeyed !== null && obeyed === member.allowed;
      member.load = { sockets, accepts, mayHold: isUpToDate ? obeyed : mayHold };
      this.#balance();
    };
    const started = new Promise<Readonly<Record<string, string>>>((resolve, reject) => {
      worker.on('message', (message: ToPrimary) => {
        if (message.type === 'tidings:started') resolve(message.urls);
        else if (message.type === 'tidings:held') told(message);
        else if (message.type === 'tidings:ready') this.#onReady();
        else
          this.#heard(worker, message).catch((error) =>
            this.options.logger.error({ err: error }, 'a worker’s question could not be answered'),
          );
      });
      worker.once('exit', (_status, signal) => reject(new WorkerFailed(signal)));
    });
    const member: Member = { worker, forkedAt: performance.now(), started, load: null, allowed: null };
    this.#members.add(member);
    worker.once('exit', () => {
      this.#members.delete(member);
      this.#balance();
      if (this.#members.size === 0) this.#onEmpty();
    });
    // A message to a worker that has just died is lost with it.
    worker.on('error', (error) => this.options.logger.debug({ err: error }, 'a worker could not be told'));
    return member;
  }

  /** Tells the workers how many sockets each may hold, since one of them has more, or less, or is gone. */
  #balance(): void {
    const { maxConnections } = this.options;
    if (maxConnections === null) return;
    const sharing = [...this.#members].filter(({ worker, load }) => load !== null && worker.isConnected());
    const allowances = balanceConnections(
      maxConnections,
      sharing.map(({ load }) => load as Load),
    );
    for (const [i, member] of sharing.entries()) {
      const allowance = allowances[i] as Allowance;
      const load = member.load as Load;
      member.load = { ...load, accepts: allowance.accepts, mayHold: Math.max(load.mayHold, allowance.most) };
      member.allowed = allowance.most;
      member.worker.send({ type: 'tidings:allowance', ...allowance } satisfies ToWorker);
    }
  }

  #replaceWhenGone({ worker, forkedAt }: Member): void {
    const replace = (status: number | null, signal: string | null) => {
      if (this.#stopping) return;
      const young = performance.now() - forkedAt < YOUNG_MS;
      this.options.logger.error({ worker: worker.process.pid, status, signal }, 'a worker died and is replaced');
      // A timer that keeps the process alive: there may be no other worker.
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

  #stateOf(worker: Worker, tenants: boolean): Promise<WorkerState | null> {
    const id = ++this.#asked;
    return new Promise((resolve) => {
      const end = (state: WorkerState | null) => {
        cancel();
        this.#reports.delete(id);
        resolve(state);
      };
      const cancel = systemTimers.after(REPORT_MS, () => end(null));
      this.#reports.set(id, end);
      if (worker.isConnected()) worker.send({ type: 'tidings:report', id, tenants } satisfies ToWorker);
      else end(null);
    });
  }
}
