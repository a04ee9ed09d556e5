import { LRUCache } from 'lru-cache';
import { badInput } from '../../core/domain/errors.js';
import { isBadInput, type LiveEvent } from '../../core/domain/live/live-event.js';
import { isCleanText } from '../../core/domain/text.js';
import { beginEvaluation, environment, instrumented, TYPE } from './cel-environment.js';
import { hasSteps } from './cel-steps.js';
import { CelWriter } from './cel-writer.js';

/** Bounds the text of an expression, in bytes of UTF-8. */
const MAX_CONDITION_BYTES = 1024;

/** A CEL expression over one event. Nothing but the event decides its answer. */
export interface CelCondition {
  readonly text: string;
  /** Returns false also where the evaluation fails or would take too many steps. */
  holds(event: LiveEvent): boolean;
}

const reasonOf = (error: unknown): string => {
  const { summary } = error as { summary?: unknown };
  return typeof summary === 'string' ? summary.replaceAll(TYPE, 'type') : 'it cannot be read';
};

/** Remembers compiled conditions: many connections ask for the same. */
const compiled = new LRUCache<string, CelCondition>({ max: 1000 });

/**
 * Compiles a condition. Refuses what CEL refuses, and what cannot be bounded: `cel.bind`, patterns of
 * `matches` that are not literal, and optional values. See docs/design/live-streams.md.
 *
 * @param field name of the input in errors
 * @throws TidingsError BAD_USER_INPUT
 */
export function compileCondition(field: string, text: string): CelCondition {
  const known = compiled.get(text);
  if (known) return known;
  if (!isCleanText(text)) throw badInput(field, `${field} must be well-formed Unicode without U+0000`);
  if (text.trim() === '') throw badInput(field, `${field} is empty`);
  if (Buffer.byteLength(text) > MAX_CONDITION_BYTES) throw badInput(field, `${field} may have ${MAX_CONDITION_BYTES} bytes`);
  try {
    const { ast } = environment.parse(text);
    const checked = environment.check(new CelWriter(field, false).write(ast));
    if (!checked.valid) throw badInput(field, `${field} is no condition: ${reasonOf(checked.error)}`);
    if (checked.type !== 'bool' && checked.type !== 'dyn')
      throw badInput(field, `${field} is no condition: it gives ${checked.type}, not bool`);
    const writer = new CelWriter(field, true);
    const evaluate = instrumented.parse(writer.write(ast));
    const condition: CelCondition = {
      text,
      holds(event) {
        beginEvaluation(writer.patterns);
        try {
          return evaluate(contextOf(event)) === true && hasSteps();
        } catch {
          return false;
        }
      },
    };
    compiled.set(text, condition);
    return condition;
  } catch (error) {
    if (isBadInput(error)) throw error;
    throw badInput(field, `${field} is no condition: ${reasonOf(error)}`);
  }
}

/**
 * Fills in what an event lacks, so that `has(previous.status)` and `'status' in changed` answer instead of
 * failing.
 */
const contextOf = (event: LiveEvent) => ({
  topic: event.topic,
  [TYPE]: event.type,
  name: event.name,
  data: event.data,
  previous: event.previous ?? {},
  changed: event.changed ?? [],
});
