import { inTurns } from '../../lib/cooperative-loop.js';
import type { AuditNote } from '../domain/audit.js';
import { badInput } from '../domain/errors.js';
import { LIMITS } from '../domain/limits.js';
import { parseOptionalLabel } from '../domain/text.js';
import { type BusMessage, type MessageBus, tenantChannel } from '../ports/message-bus.js';
import type { CancelResult, RecallStore } from '../ports/stores/recall-store.js';
import { parseUuid } from '../validation/uuid.js';

interface CancelMessagesInput {
  ids?: readonly string[] | null;
  recipient?: string | null;
  globalMessageId?: string | null;
  topic?: string | null;
}

interface CancelMessagesDeps {
  store: RecallStore;
  bus: MessageBus;
}

/** Most ids in one event, so that events stay near the size that suits the bus. */
const IDS_PER_EVENT = 100;
/** Most events that are published in one turn of the event loop. */
const EVENTS_PER_TURN = 10;

const NOTHING = { cancelled: 0, complete: true };

/** Cancels matching pending messages, then tells the delivery nodes not to send them. */
export const cancelMessages =
  ({ store, bus }: CancelMessagesDeps) =>
  async (
    tenantId: string,
    input: CancelMessagesInput,
    note: AuditNote | null,
  ): Promise<{ cancelled: number; complete: boolean }> => {
    if ((input.ids ?? input.recipient ?? input.globalMessageId ?? input.topic ?? null) === null) {
      throw badInput('input', 'at least one of ids, recipient, globalMessageId and topic must be given');
    }
    const ids = parseIds(input.ids);
    const recipient = parseOptionalLabel('input.recipient', input.recipient, LIMITS.recipientChars);
    const topic = parseOptionalLabel('input.topic', input.topic, LIMITS.topicChars);
    const globalMessageId = input.globalMessageId == null ? null : parseUuid('input.globalMessageId', input.globalMessageId);
    const malformedGlobal = input.globalMessageId != null && globalMessageId === null;
    if (malformedGlobal || ids?.length === 0) return NOTHING;

    const result = await store.cancel(tenantId, { ids, recipient, globalMessageId, topic }, note);
    await tell(bus, tenantId, globalMessageId, result);
    return { cancelled: result.cancelled, complete: result.complete };
  };

function parseIds(given: readonly string[] | null | undefined): string[] | null {
  if (given == null) return null;
  if (given.length > LIMITS.cancelIds) throw badInput('input.ids', `input.ids must be at most ${LIMITS.cancelIds}`);
  const ids = given.map((id, index) => parseUuid(`input.ids[${index}]`, id));
  return [...new Set(ids.filter((id) => id !== null))];
}

async function tell(
  bus: MessageBus,
  tenantId: string,
  globalMessageId: string | null,
  { ids, globalEnded }: CancelResult,
): Promise<void> {
  const channel = tenantChannel(tenantId);
  if (globalEnded && globalMessageId !== null) {
    await bus.publish([{ channel, event: { type: 'global-cancelled', id: globalMessageId } }]);
  }
  await inTurns(ids, IDS_PER_EVENT * EVENTS_PER_TURN, (part) => {
    const events: BusMessage[] = [];
    for (let start = 0; start < part.length; start += IDS_PER_EVENT) {
      events.push({ channel, event: { type: 'cancelled', ids: part.slice(start, start + IDS_PER_EVENT) } });
    }
    return bus.publish(events);
  });
}
