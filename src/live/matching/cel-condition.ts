import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import { serialize } from '@marcbachmann/cel-js/serialize';
import { LRUCache } from 'lru-cache';
import { RE2JS } from 're2js';
import { badInput } from '../../core/domain/errors.js';
import { isBadInput, type LiveEvent } from '../../core/domain/live/live-event.js';
import { isCleanText } from '../../core/domain/text.js';

/** Of the expression, in UTF-8. */
const MAX_CONDITION_BYTES = 1024;
/**
 * What one evaluation may cost. A step is about one operation on a scalar; what works on a text or structure costs its size, too.
 * About 5 ms on a slow core.
 */
const MAX_STEPS = 20_000;
/** What an error costs that a loop goes on after: the library makes an object with a stack trace of it. */
const ERROR_STEPS = 100;
const MAX_NODES = 300;
const MAX_DEPTH = 24;

/** An expression in CEL over one event. Nothing but the event decides what it answers. */
export interface CelCondition {
  readonly text: string;
  /** False also where the evaluation fails or would take too many steps. */
  holds(event: LiveEvent): boolean;
}

/** Thrown and kept as one object: a failed evaluation must cost no stack trace. */
const EXHAUSTED = new Error('too many steps');

/** What the running evaluation may still spend. Evaluations never overlap: they do not wait for anything. */
let left = 0;
let patterns: readonly RE2JS[] = [];
/** Loops whose latest turn has not come to its end: an error that follows is one of theirs. */
const unfinished = new Set<bigint>();

function spend(steps: number): void {
  left -= steps;
  if (left < 0) throw EXHAUSTED;
}

/** Spends one step per value and per 64 characters. */
function spendSize(value: unknown): void {
  spend(1);
  if (typeof value === 'string' || value instanceof Uint8Array) {
    spend(value.length >> 6);
  } else if (Array.isArray(value)) {
    for (const item of value) spendSize(item);
  } else if (value instanceof Map) {
    for (const entry of value) spendSize(entry);
  } else if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    for (const entry of Object.entries(value)) spendSize(entry);
  }
}

// Names that no expression can contain by accident; an expression that has one is refused.
const RESERVED = 'tidings_';
const TYPE = `${RESERVED}type`;

const environment = new Environment({
  homogeneousAggregateLiterals: false,
  limits: { maxAstNodes: MAX_NODES, maxDepth: MAX_DEPTH, maxListElements: 128, maxMapEntries: 64, maxCallArguments: 8 },
})
  .registerVariable('topic', 'string')
  .registerVariable(TYPE, 'string')
  .registerVariable('name', 'dyn')
  .registerVariable('data', 'map<string, dyn>')
  .registerVariable('previous', 'map<string, dyn>')
  .registerVariable('changed', 'list<string>');

// The instrumented text is longer and deeper than the one that was judged.
const instrumented = environment
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
  // Around each turn of a loop that goes on after an error: it is told to stop by the answer.
  .registerFunction(`${RESERVED}turn(int, int): bool`, (loop: bigint, steps: bigint) => {
    left -= Number(steps) + (unfinished.has(loop) ? ERROR_STEPS : 0);
    unfinished.add(loop);
    return left >= 0;
  })
  .registerFunction(`${RESERVED}done(int, dyn): dyn`, (loop: bigint, value: unknown) => {
    unfinished.delete(loop);
    return value;
  })
  // In each turn of one that an error ends.
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

/** Operators that look at all of what they get. */
const SIZED_OPERATORS = new Set(['==', '!=', '<', '<=', '>', '>=', 'in', '+']);
const STOPPED_BY: Record<string, string> = { all: 'false', exists: 'true' };
const LOOPS = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

const isLiteral = (node: ASTNode): boolean => node.op === 'value';

function childrenOf({ op, args }: ASTNode): ASTNode[] {
  switch (op) {
    case 'value':
    case 'id':
      return [];
    case '.':
    case '.?':
      return [args[0]];
    case '!_':
    case '-_':
      return [args];
    case 'call':
      return args[1];
    case 'rcall':
      return [args[1], ...args[2]];
    case 'list':
      return args;
    case 'map':
      return args.flat();
    default:
      return [...args];
  }
}

const countNodes = (node: ASTNode): number => 1 + childrenOf(node).reduce((sum, child) => sum + countNodes(child), 0);

/** Writes an expression anew so that it counts its steps. */
class Writer {
  readonly patterns: RE2JS[] = [];
  #loops = 0;

  /** @param counted false for the form whose types are checked */
  constructor(
    private readonly field: string,
    private readonly counted: boolean,
  ) {}

  write(node: ASTNode): string {
    const { op, args } = node;
    switch (op) {
      case 'value':
        return serialize(node);
      case 'id':
        if (args.startsWith(RESERVED)) throw badInput(this.field, `${this.field} uses the unknown name ${args}`);
        return args === 'type' ? TYPE : args;
      case '.':
        return `(${this.write(args[0])}).${args[1]}`;
      case '[]':
        return `(${this.write(args[0])})[${this.write(args[1])}]`;
      case '!_':
        return `!(${this.write(args)})`;
      case '-_':
        return `-(${this.write(args)})`;
      case 'list':
        return `[${args.map((item) => this.write(item)).join(', ')}]`;
      case 'map':
        return `{${args.map(([key, value]) => `${this.write(key)}: ${this.write(value)}`).join(', ')}}`;
      case '?:':
        return `((${this.write(args[0])}) ? (${this.write(args[1])}) : (${this.write(args[2])}))`;
      case 'call':
        return this.#call(args[0], args[1]);
      case 'rcall':
        return this.#methodCall(args[0], args[1], args[2]);
      case '.?':
      case '[?]':
        throw badInput(this.field, `${this.field}: ${op} is not supported`);
      default: {
        const [left, right] = args;
        // Comparing with a literal scalar looks at no more than the literal; only `in` and `+` look at all of the other side.
        const cheap = op !== 'in' && op !== '+' && (isLiteral(left) || isLiteral(right));
        const write =
          SIZED_OPERATORS.has(op) && !cheap ? (side: ASTNode) => this.#sized(side) : (side: ASTNode) => this.write(side);
        return `((${write(left)}) ${op} (${write(right)}))`;
      }
    }
  }

  #sized(node: ASTNode): string {
    const text = this.write(node);
    return this.counted && !isLiteral(node) ? `${RESERVED}sized(${text})` : text;
  }

  #call(name: string, args: readonly ASTNode[]): string {
    if (name.startsWith(RESERVED)) throw badInput(this.field, `${this.field} uses the unknown function ${name}`);
    if (name === 'matches' && args.length === 2) return this.#matches(args[0] as ASTNode, args[1] as ASTNode);
    // A field's presence is asked of the path as it stands.
    if (name === 'has') return `has(${args.map((arg) => this.write(arg)).join(', ')})`;
    return `${name}(${args.map((arg) => this.#sized(arg)).join(', ')})`;
  }

  #methodCall(name: string, receiver: ASTNode, args: readonly ASTNode[]): string {
    if (receiver.op === 'id' && receiver.args === 'cel')
      throw badInput(this.field, `${this.field}: cel.${name} is not supported`);
    if (name === 'matches' && args.length === 1) return this.#matches(receiver, args[0] as ASTNode);
    if (LOOPS.has(name) && args.length >= 2) return this.#loop(name, receiver, args);
    return `(${this.#sized(receiver)}).${name}(${args.map((arg) => this.#sized(arg)).join(', ')})`;
  }

  #loop(name: string, receiver: ASTNode, [variable, ...bodies]: readonly ASTNode[]): string {
    const written = bodies.map((body) => this.write(body));
    if (this.counted) {
      const steps = bodies.reduce((sum, body) => sum + countNodes(body), 1);
      const stopped = STOPPED_BY[name];
      const loop = this.#loops++;
      written[0] = stopped
        ? `(${RESERVED}turn(${loop}, ${steps}) ? ${RESERVED}done(${loop}, ${written[0]}) : ${stopped})`
        : `${RESERVED}spend(${steps}, ${written[0]})`;
    }
    return `(${this.write(receiver)}).${name}(${[this.write(variable as ASTNode), ...written].join(', ')})`;
  }

  // The library would hand the pattern to JavaScript's engine, which may take exponential time; RE2 takes linear time, and is what CEL says.
  #matches(text: ASTNode, pattern: ASTNode): string {
    if (pattern.op !== 'value' || typeof pattern.args !== 'string') {
      throw badInput(this.field, `${this.field}: the pattern of matches() must be a literal text`);
    }
    if (!this.counted) return `string(${this.write(text)}).contains(${this.write(pattern)})`;
    try {
      this.patterns.push(RE2JS.compile(pattern.args));
    } catch {
      throw badInput(this.field, `${this.field}: the pattern of matches() is no regular expression of RE2's`);
    }
    return `${RESERVED}matches(${this.write(text)}, ${this.patterns.length - 1})`;
  }
}

const reasonOf = (error: unknown): string => {
  const { summary } = error as { summary?: unknown };
  return typeof summary === 'string' ? summary.replaceAll(TYPE, 'type') : 'it cannot be read';
};

/** Many connections ask the same. */
const compiled = new LRUCache<string, CelCondition>({ max: 1000 });

/**
 * Beside CEL's own errors refuses what cannot be bounded: `cel.bind`, patterns of `matches` that are not literal, and optional values.
 *
 * @param field how errors name it
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
    const checked = environment.check(new Writer(field, false).write(ast));
    if (!checked.valid) throw badInput(field, `${field} is no condition: ${reasonOf(checked.error)}`);
    if (checked.type !== 'bool' && checked.type !== 'dyn')
      throw badInput(field, `${field} is no condition: it gives ${checked.type}, not bool`);
    const writer = new Writer(field, true);
    const evaluate = instrumented.parse(writer.write(ast));
    const condition: CelCondition = {
      text,
      holds(event) {
        left = MAX_STEPS;
        unfinished.clear();
        patterns = writer.patterns;
        try {
          return evaluate(contextOf(event)) === true && left >= 0;
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

/** What is not given is empty, so that `has(previous.status)` and `'status' in changed` answer instead of failing. */
const contextOf = (event: LiveEvent) => ({
  topic: event.topic,
  [TYPE]: event.type,
  name: event.name,
  data: event.data,
  previous: event.previous ?? {},
  changed: event.changed ?? [],
});
