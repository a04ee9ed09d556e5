import { randomUUID } from 'node:crypto';
import type { PresenceAnswer, PresenceQuestion } from '../core/domain/presence.js';
import type { BusAnswers, BusEvent, Channel } from '../core/ports/message-bus.js';
import { systemTimers, type Timers } from '../lib/time/timers.js';

/** Awaits answers for this long, in milliseconds. */
const PATIENCE_MS = 1_000;

/** Belongs to one asker: answers to its questions come in on it. */
const newReplyChannel = () => `a:${randomUUID()}` as Channel;

/** A question that some nodes have yet to answer. */
interface OpenQuestion {
  readonly answers: PresenceAnswer[];
  /** Nodes that it reached; null while that is not known. */
  reached: number | null;
  close(): void;
}

/** Puts questions, and gathers their answers for as long as they may take. */
export class QuestionRound {
  readonly replyTo = newReplyChannel();
  readonly #open = new Map<string, OpenQuestion>();

  constructor(private readonly timers: Pick<Timers, 'after'> = systemTimers) {}

  /**
   * Puts a question.
   * @param put sends it; resolves to the number of nodes that it reached, or to null if that is not known
   */
  ask(question: PresenceQuestion, put: (event: BusEvent) => Promise<number | null>): Promise<BusAnswers> {
    const id = randomUUID();
    return new Promise((resolve) => {
      const answers: PresenceAnswer[] = [];
      const open: OpenQuestion = {
        answers,
        reached: null,
        close: () => {
          cancel();
          this.#open.delete(id);
          resolve({ answers, complete: open.reached !== null && answers.length === open.reached });
        },
      };
      const cancel = this.timers.after(PATIENCE_MS, () => open.close());
      this.#open.set(id, open);
      void put({ type: 'question', id, replyTo: this.replyTo, question }).then((reached) => {
        open.reached = reached;
        if (reached === null) open.close();
        else this.#closeIfAnswered(open);
      });
    });
  }

  /** Takes what came in on the reply channel. */
  take(event: BusEvent): void {
    if (event.type !== 'answer') return;
    const open = this.#open.get(event.id);
    if (open === undefined) return;
    open.answers.push(event.answer);
    this.#closeIfAnswered(open);
  }

  /** Answers what is open with what has come in. */
  close(): void {
    for (const open of [...this.#open.values()]) open.close();
  }

  #closeIfAnswered(open: OpenQuestion): void {
    if (open.reached !== null && open.answers.length >= open.reached) open.close();
  }
}
