import { LRUCache } from 'lru-cache';
import { badInput } from '../../core/domain/errors.js';
import { isBadInput, type LiveEvent } from '../../core/domain/live/live-event.js';
import { isCleanText } from '../../core/domain/text.js';
import { beginEvaluation, environment, instrumented, TYPE } from './cel-environment.js';
import { ERROR_STEPS, hasSteps, isCutShort, stepsTaken } from './cel-steps.js';
import { CelWriter, countNodes } from './cel-writer.js';

/** Bounds the text of an expression, in bytes of UTF-8. */
const MAX_CONDITION_BYTES = 1024;

/** Holds the steps that conditions may still take together. */
export interface StepBudget {
  left: number;
}

/** A CEL expression over one event. Nothing but the event decides its answer. */
export interface CelCondition {
  readonly text: string;
  /** Steps that every evaluation takes, whatever the event. */
  readonly cost: number;
  /** Estimates the bytes that it takes while it is kept. */
  readonly bytes: number;
  /**
   * Returns false also where the evaluation fails, or would take more steps than one may; null where the
   * budget of all does not allow to find out.
   */
  holds(event: LiveEvent, budget: StepBudget): boolean | null;
}

const reasonOf = (error: unknown): string => {
  const { summary } = error as { summary?: unknown };
  return typeof summary === 'string' ? summary.replaceAll(TYPE, 'type') : 'it cannot be read';
};

/** Bounds the compiled conditions that are remembered, in bytes. */
const REMEMBERED_BYTES = 16 * 1024 * 1024;
/**
 * Estimates what a condition takes by itself, by node of its expression, and by instruction of its
 * patterns.
 */
const BYTES = { itself: 2_048, node: 512, instruction: 96 };
/** Charges an evaluation without loops: one step, and this many more, for so many nodes. */
const STEPS_AT_LEAST = 8;
const NODES_PER_STEP = 4;

/** Remembers compiled conditions: many connections ask for the same. */
const compiled = new LRUCache<string, CelCondition>({
  maxSize: REMEMBERED_BYTES,
  sizeCalculation: ({ bytes }) => bytes,
});

/** Returns a condition that needs no compiling. */
export const knownCondition = (text: string): CelCondition | undefined => compiled.get(text);

/**
 * Compiles a condition, which may take milliseconds: see `ConditionCompiler`. Refuses what CEL refuses,
 * and what cannot be bounded: `cel.bind`, patterns of
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
    const condition = conditionOf(text, writer, instrumented.parse(writer.write(ast)), countNodes(ast));
    compiled.set(text, condition);
    return condition;
  } catch (error) {
    if (isBadInput(error)) throw error;
    throw badInput(field, `${field} is no condition: ${reasonOf(error)}`);
  }
}

function conditionOf(text: string, { patterns }: CelWriter, evaluate: (context: object) => unknown, nodes: number): CelCondition {
  const cost = STEPS_AT_LEAST + Math.ceil(nodes / NODES_PER_STEP);
  const instructions = patterns.reduce((sum, pattern) => sum + pattern.programSize(), 0);
  return {
    text,
    cost,
    bytes: BYTES.itself + 2 * text.length + BYTES.node * nodes + BYTES.instruction * instructions,
    holds(event, budget) {
      if (budget.left < cost) return null;
      budget.left -= cost;
      beginEvaluation(patterns, budget.left);
      try {
        const answer = evaluate(contextOf(event)) === true && hasSteps();
        return isCutShort() ? null : answer;
      } catch {
        budget.left -= ERROR_STEPS;
        return isCutShort() ? null : false;
      } finally {
        budget.left -= stepsTaken();
      }
    },
  };
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
