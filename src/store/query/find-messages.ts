import type { Message } from '../../core/domain/message.js';
import { plainArray } from '../database/array-literals.js';
import type { RunStatement } from '../database/run-statement.js';
import { type MessageRow, type MessageStatusRules, TEXT } from '../message-status.js';

/** Finds messages of a tenant by id, with their status as answered. */
export async function findMessages(
  run: RunStatement,
  rules: MessageStatusRules,
  tenantId: string,
  ids: readonly string[],
): Promise<Map<string, Message>> {
  if (ids.length === 0) return new Map();
  const rows = await run<MessageRow>(
    `SELECT ${rules.columns}, ${TEXT} AS message FROM messages m WHERE m.tenant_id = $1 AND m.id = ANY ($2::uuid[])`,
    [tenantId, plainArray(ids)],
  );
  return new Map(rows.map((row) => [row.id, rules.asAnswered(row)]));
}
