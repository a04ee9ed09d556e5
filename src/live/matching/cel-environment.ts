import { Environment } from '@marcbachmann/cel-js';
import type { RE2JS } from 're2js';
import { beginTurn, endTurn, spend, spendSize, startSteps } from './cel-steps.js';

const MAX_NODES = 300;
const MAX_DEPTH = 24;

let patterns: readonly RE2JS[] = [];

/**
 * Begins an evaluation of `instrumented`, whose `matches` refer to these patterns by their place.
 * @param steps that it may take
 */
export function beginEvaluation(ofExpression: readonly RE2JS[], steps: number): void {
  startSteps(steps);
  patterns = ofExpression;
}

/** Begins names that no expression contains by accident; an expression that has one is refused. */
export const RESERVED = 'tidings_';
export const TYPE = `${RESERVED}type`;

/** Parses and checks what a client wrote. */
export const environment = new Environment({
  homogeneousAggregateLiterals: false,
  limits: { maxAstNodes: MAX_NODES, maxDepth: MAX_DEPTH, maxListElements: 128, maxMapEntries: 64, maxCallArguments: 8 },
})
  .registerVariable('topic', 'string')
  .registerVariable(TYPE, 'string')
  .registerVariable('name', 'dyn')
  .registerVariable('data', 'map<string, dyn>')
  .registerVariable('previous', 'map<string, dyn>')
  .registerVariable('changed', 'list<string>');

/** Evaluates what CelWriter wrote, which is longer and deeper than the text that was judged. */
export const instrumented = environment
  .clone({
    homogeneousAggregateLiterals: false,
    limits: {
      maxAstNodes: 20 * MAX_NODES,
      maxDepth: 10 * MAX_DEPTH,
      maxListElements: 128,
      maxMapEntries: 64,
      maxCallArguments: 8,
    },
  })
  .registerFunction(`${RESERVED}sized(dyn): dyn`, (value: unknown) => {
    spendSize(value);
    return value;
  })
  // Stands around each turn of a loop that goes on after an error: the answer tells it to stop.
  .registerFunction(`${RESERVED}turn(int, int): bool`, (loop: bigint, steps: bigint) => {
    return beginTurn(loop, Number(steps));
  })
  .registerFunction(`${RESERVED}done(int, dyn): dyn`, (loop: bigint, value: unknown) => {
    endTurn(loop);
    return value;
  })
  // Stands in each turn of a loop that an error ends.
  .registerFunction(`${RESERVED}spend(int, dyn): dyn`, (steps: bigint, value: unknown) => {
    spend(Number(steps));
    return value;
  })
  .registerFunction(`${RESERVED}matches(dyn, int): bool`, (text: unknown, index: bigint) => {
    const pattern = patterns[Number(index)];
    if (typeof text !== 'string' || !pattern) throw new TypeError('no such overload');
    spend(1 + ((text.length * pattern.programSize()) >> 4));
    return pattern.matcher(text).find();
  });
