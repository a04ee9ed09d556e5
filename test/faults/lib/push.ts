import type { MessageStatus } from '../../../src/core/domain/message.js';
import type { Api } from './api.js';
import type { Ledger } from './ledger.js';

const PUSH = `mutation ($input: MessageInput!) { pushMessage(input: $input) { item { id recipient createdAt } error { code } } }`;

export interface Pushed {
  id: string;
  recipient: string;
  createdAt: string;
}

/** Pushes to several recipients once, and writes it into the ledger. */
export async function push(
  api: Api,
  ledger: Pick<Ledger, 'tried' | 'accepted'>,
  recipients: readonly string[],
  message: string,
  more: { expiresAt?: string; topic?: string } = {},
): Promise<Pushed[]> {
  ledger.tried(message);
  const { pushMessage } = await api.call<{ pushMessage: Array<{ item: Pushed | null }> }>(PUSH, {
    input: { recipients, message, ...more },
  });
  const items = pushMessage.flatMap(({ item }) => (item ? [item] : []));
  for (const { id, recipient } of items) ledger.accepted({ id, recipient, text: message });
  return items;
}

/** Reads the statuses of these messages, at most 100, by their ids. */
export async function statuses(api: Api, ids: readonly string[]): Promise<MessageStatus[]> {
  const fields = ids.map((id, n) => `m${n}: message(id: "${id}") { status }`);
  const answers = await api.call<Record<string, { status: MessageStatus }>>(`{ ${fields.join(' ')} }`);
  return Object.values(answers).map(({ status }) => status);
}
