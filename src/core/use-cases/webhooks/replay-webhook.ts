import type { AuditNote } from '../../domain/audit.js';
import { badInput } from '../../domain/errors.js';
import { requireCleanText } from '../../domain/text.js';
import { parseTimeRange, type TimeRangeInput } from '../../validation/time-range.js';
import { parseUuid } from '../../validation/uuid.js';
import type { WebhookDeps } from './webhook-deps.js';

const MOST_IDS = 10_000;

interface ReplayWebhookInput {
  id: string;
  eventIds?: readonly string[] | null;
  recorded?: TimeRangeInput | null;
  failedOnly?: boolean | null;
}

/** Posts events once more. */
export const replayWebhook =
  ({ store }: Pick<WebhookDeps, 'store'>) =>
  async (
    tenantId: string,
    input: ReplayWebhookInput,
    note: AuditNote | null,
  ): Promise<{ replayed: number; complete: boolean } | null> => {
    const id = parseUuid('input.id', input.id);
    const eventIds = input.eventIds ?? null;
    const recorded = parseTimeRange('input.recorded', input.recorded);
    const failedOnly = input.failedOnly ?? false;
    if (eventIds === null && recorded === null && !failedOnly) {
      throw badInput('input', 'input must have eventIds, recorded or failedOnly');
    }
    if (eventIds !== null && eventIds.length > MOST_IDS) {
      throw badInput('input.eventIds', `input.eventIds has at most ${MOST_IDS} ids`);
    }
    for (const eventId of eventIds ?? []) requireCleanText('input.eventIds', eventId);
    return id === null ? null : store.replayWebhook({ tenantId, id }, { eventIds, recorded, failedOnly }, note);
  };
