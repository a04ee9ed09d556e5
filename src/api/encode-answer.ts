import type { FormattedExecutionResult } from 'graphql';
import { inTurns } from '../core/turns.js';

/** A longer list is encoded in parts. */
const ENTRIES_PER_PART = 1_000;

/** As JSON. An answer to thousands of recipients is encoded in turns of the event loop, so that small calls are served between. */
export async function encodeAnswer(answer: FormattedExecutionResult): Promise<string> {
  const { data } = answer;
  if (!data || !Object.values(data).some(isLong)) return JSON.stringify(answer);
  const fields: string[] = [];
  for (const [name, value] of Object.entries(data)) {
    fields.push(`${JSON.stringify(name)}:${isLong(value) ? await encodeList(value) : JSON.stringify(value)}`);
  }
  const { errors, extensions } = answer;
  const others = JSON.stringify({ errors, extensions }).slice(1, -1);
  return `{${others}${others && ','}"data":{${fields.join(',')}}}`;
}

const isLong = (value: unknown): value is unknown[] => Array.isArray(value) && value.length > ENTRIES_PER_PART;

async function encodeList(list: readonly unknown[]): Promise<string> {
  const parts: string[] = [];
  await inTurns(list, ENTRIES_PER_PART, (part) => parts.push(JSON.stringify(part).slice(1, -1)));
  return `[${parts.join(',')}]`;
}
