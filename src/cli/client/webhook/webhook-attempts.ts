import type { WebhookAttempt } from '../../../../packages/sdk/src/index.js';
import type { Io } from '../../io.js';
import { print, table } from '../../print.js';
import { type ClientOptions, withClient } from '../open-client.js';
import { WrongUse } from '../wrong-use.js';
import { found } from './webhook-settings.js';

const PAGE = 1_000;

/** Posts a test. Returns the exit status: whether the receiver took it. */
export async function test(io: Io, id: string, options: ClientOptions): Promise<number> {
  const attempt = await withClient(io, options, async (tidings) => found(id, await tidings.testWebhook({ id })));
  print(io, options.json ?? false, attempt, linesOf([attempt]));
  return attempt.error === null && isSuccess(attempt.httpStatus) ? 0 : 1;
}

const isSuccess = (status: number | null) => status !== null && status >= 200 && status < 300;

interface AttemptsOptions extends ClientOptions {
  eventId?: string;
  failed?: boolean;
  limit: number;
}

/** Lists attempts, newest first. */
export async function listAttempts(io: Io, id: string, options: AttemptsOptions): Promise<void> {
  const { eventId, failed, limit } = options;
  const attempts: WebhookAttempt[] = [];
  await withClient(io, options, async (tidings) => {
    for await (const attempt of tidings.webhookAttempts({ id, eventId, failed, limit: Math.min(limit, PAGE) })) {
      attempts.push(attempt);
      if (attempts.length >= limit) break;
    }
  });
  print(io, options.json ?? false, attempts, attempts.length === 0 ? ['there are no such attempts'] : linesOf(attempts));
}

interface ReplayOptions extends ClientOptions {
  eventIds?: string[];
  recordedFrom?: string;
  recordedTo?: string;
  failedOnly?: boolean;
}

/** Posts events once more. */
export async function replay(io: Io, id: string, options: ReplayOptions): Promise<void> {
  const { eventIds, recordedFrom: from, recordedTo: to, failedOnly } = options;
  if ([eventIds, from, to, failedOnly].every((given) => given === undefined)) {
    throw new WrongUse('say what to post once more: --event-ids, --recorded-from, --recorded-to or --failed-only');
  }
  const recorded = from === undefined && to === undefined ? undefined : { from, to };
  const done = await withClient(io, options, async (tidings) =>
    found(id, await tidings.replayWebhook({ id, eventIds, recorded, failedOnly })),
  );
  const lines = [`${done.replayed} ${done.replayed === 1 ? 'event is' : 'events are'} posted once more`];
  print(io, options.json ?? false, done, done.complete ? lines : [...lines, 'more match: narrow it down to post those, too']);
}

const HEADER = ['AT', 'ATTEMPT', 'EVENTS', 'STATUS', 'MS', 'NEXT', 'ERROR', 'ANSWER'];

const linesOf = (attempts: readonly WebhookAttempt[]) =>
  table(
    HEADER,
    attempts.map(({ at, attempt, eventIds, httpStatus, durationMs, nextAttemptAt, error, responseStart }) => [
      ...[at, attempt, eventIds.length, httpStatus, durationMs, nextAttemptAt, error],
      responseStart === null ? null : responseStart.replace(/\s+/g, ' '),
    ]),
  );
