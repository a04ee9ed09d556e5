import { badInput, TidingsError } from '../errors.js';
import { isCleanText } from '../text.js';
import { isJsonObject, type JsonObject, jsonProblem } from './json.js';
import { requireTopic } from './topic-pattern.js';

/** Type of events that clients publish. */
export const CLIENT_EVENT = 'new-message';

/** Event as it is published, without what the service adds. */
export interface NewLiveEvent {
  readonly topic: string;
  /** `create`, `update`, `delete`, or a word that the tenant chose. */
  readonly type: string;
  readonly name: string | null;
  readonly data: JsonObject;
  /** Old values. */
  readonly previous: JsonObject | null;
  /** Names of changed attributes. */
  readonly changed: readonly string[] | null;
  /** Live topic whose subscribers are told of the event as well. */
  readonly parent: string | null;
  /** Recipient whose client published the event; null if the tenant's backend did. */
  readonly sender: string | null;
  /** True if the event rule of its entity lets the event flow to clients of entity events. */
  readonly flows: boolean;
}

export interface LiveEvent extends NewLiveEvent {
  /** UUID of version 7. Within a tenant, the order of ids is the order of events. */
  readonly id: string;
  /** Milliseconds since 1970 by the database's clock: the time in the id. */
  readonly createdAt: number;
}

export interface EventInput {
  topic: string;
  type: string;
  name?: string | null;
  data: unknown;
  previous?: unknown;
  changed?: readonly string[] | null;
  parent?: string | null;
}

/** Longest event as JSON, in bytes of UTF-8. */
export const MAX_EVENT_BYTES = 64 * 1024;
export const EVENTS_PER_CALL = 1000;
const MAX_TYPE_CHARS = 128;

function requireObject(field: string, value: unknown): JsonObject {
  if (!isJsonObject(value)) throw badInput(field, `${field} must be a JSON object`);
  const problem = jsonProblem(value);
  if (problem) throw badInput(field, `${field} ${problem}`);
  return value;
}

function requireText(field: string, value: unknown): string {
  if (typeof value !== 'string' || !isCleanText(value))
    throw badInput(field, `${field} must be well-formed Unicode without U+0000`);
  return value;
}

/** @throws TidingsError BAD_USER_INPUT */
export function parseEventType(field: string, value: unknown): string {
  const type = requireText(field, value);
  if (type === '' || type.length > MAX_TYPE_CHARS) throw badInput(field, `${field} must have 1 to ${MAX_TYPE_CHARS} characters`);
  return type;
}

/** An event of a caller, and its size as JSON in bytes of UTF-8. */
export interface ParsedEvent {
  event: Omit<NewLiveEvent, 'sender' | 'flows'>;
  bytes: number;
}

/**
 * Parses an event of a caller.
 * @param field path of the event in the input, without a dot at its end
 * @throws TidingsError BAD_USER_INPUT
 */
export function parseEvent(field: string, input: EventInput): ParsedEvent {
  const event = {
    topic: requireTopic(`${field}.topic`, input.topic),
    type: parseEventType(`${field}.type`, input.type),
    name: input.name == null ? null : requireText(`${field}.name`, input.name),
    data: requireObject(`${field}.data`, input.data),
    previous: input.previous == null ? null : requireObject(`${field}.previous`, input.previous),
    changed: input.changed?.map((name) => requireText(`${field}.changed`, name)) ?? null,
    parent: input.parent == null ? null : requireTopic(`${field}.parent`, input.parent),
  };
  const json = JSON.stringify(event);
  const bytes = Buffer.byteLength(json);
  if (bytes > MAX_EVENT_BYTES) throw badInput(field, `${field}: an event may have ${MAX_EVENT_BYTES} bytes as JSON`);
  // A copy: plain objects that the caller does not share.
  return { event: JSON.parse(json), bytes };
}

export const isBadInput = (error: unknown): error is TidingsError =>
  error instanceof TidingsError && error.code === 'BAD_USER_INPUT';
