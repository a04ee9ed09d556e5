import type { HTTPGraphQLResponse } from '@apollo/server';
import { TidingsError } from '../../core/domain/errors.js';
import type { DebugLog } from '../../core/ports/debug-log.js';
import { isRecord } from '../../lib/is-record.js';
import type { ApiContext } from './request-context.js';

// Callers ask first whether the log is at `debug`.

type Whose = Pick<ApiContext, 'debug' | 'requestId' | 'principal'>;

const whoseOf = ({ requestId, principal }: Whose) => ({ requestId, tenant: principal.tenantId });

/** Fields that push something. */
const PUSHES = ['pushMessage', 'pushGlobalMessage', 'publishEvents'];

/** Tells of a push that was accepted: to how many, of how many bytes. */
export function tellPush(context: Whose, field: string, args: Readonly<Record<string, unknown>>): void {
  if (!PUSHES.includes(field)) return;
  const input = isRecord(args.input) ? args.input : {};
  const { recipients, events, message, topic } = input;
  const names = Array.isArray(recipients) ? recipients : [];
  context.debug.line('pushed', {
    ...whoseOf(context),
    operation: field,
    recipient: names.length === 1 && typeof names[0] === 'string' ? names[0] : undefined,
    recipients: names.length > 1 ? names.length : undefined,
    events: Array.isArray(events) ? events.length : undefined,
    bytes: typeof message === 'string' ? Buffer.byteLength(message) : undefined,
    topic: typeof topic === 'string' ? topic : undefined,
  });
}

/** Tells of a field that failed: its code, and what was wrong with the input by its place. */
export function tellFailed(context: Whose, field: string, error: unknown): void {
  const known = error instanceof TidingsError ? error : null;
  const place = known?.details.field;
  context.debug.line('call failed', {
    ...whoseOf(context),
    operation: field,
    code: known?.code ?? 'INTERNAL_SERVER_ERROR',
    field: typeof place === 'string' ? place : undefined,
  });
}

/** Tells of a document that was refused as a whole, before any field. */
export function tellRefusedDocument(
  debug: DebugLog,
  whose: { requestId: string; tenant: string },
  { body }: HTTPGraphQLResponse,
): void {
  if (body.kind !== 'complete' || !body.string.startsWith('{"errors"') || body.string.includes('"data"')) return;
  debug.line('call failed', { ...whose, code: /"code":"(\w+)"/.exec(body.string)?.[1] });
}
