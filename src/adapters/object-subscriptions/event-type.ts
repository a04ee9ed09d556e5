import { MalformedFrame } from '../../core/domain/live/protocol-translator.js';

/** Stands for all types. */
const ANY_TYPE = '*';

/** Maps the names of event types that clients of this protocol use to ours. */
const TYPES: Record<string, string> = {
  c: 'create',
  i: 'create',
  create: 'create',
  creation: 'create',
  created: 'create',
  insert: 'create',
  inserted: 'create',
  insertion: 'create',
  u: 'update',
  update: 'update',
  updated: 'update',
  updating: 'update',
  modification: 'update',
  d: 'delete',
  delete: 'delete',
  deleted: 'delete',
  deletion: 'delete',
};

/**
 * Reads the type of events in a URL; null for all. Words that we do not know are types of the tenant's own.
 * @throws MalformedFrame
 */
export function readEventType(text: string): string | null {
  if (text === ANY_TYPE) return null;
  const name = text.toLowerCase();
  if (Object.hasOwn(TYPES, name)) return TYPES[name] as string;
  // It abbreviates a word that we do not know: the client would wait for ever.
  if ([...name].length === 1) throw new MalformedFrame('eventType must be a word, U, I, C, D or *');
  return name;
}
