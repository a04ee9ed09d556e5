import type { ASTNode } from '@marcbachmann/cel-js';
import { serialize } from '@marcbachmann/cel-js/serialize';
import { RE2JS } from 're2js';
import { badInput } from '../../core/domain/errors.js';
import { RESERVED, TYPE } from './cel-environment.js';
import { estimatePatternSize } from './pattern-size.js';

/** Names the operators that look at the whole of a text or structure. */
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

/** Bounds what all patterns of one expression compile to, in instructions: some milliseconds, 200 KB. */
const MAX_PATTERN_SIZE = 2_500;

export const countNodes = (node: ASTNode): number => 1 + childrenOf(node).reduce((sum, child) => sum + countNodes(child), 0);

/** Writes an expression anew so that it counts its steps. */
export class CelWriter {
  readonly patterns: RE2JS[] = [];
  #loops = 0;
  #patternSize = 0;

  /** @param counted false for the form of which only the types are checked */
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
        // A comparison with a literal scalar looks at no more than the literal; `in` and `+` look at all of
        // the other side.
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
    // `has` takes a path, not a value: it stays as it is.
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

  // The library would hand the pattern to JavaScript's engine, which may take exponential time. RE2 takes
  // linear time, and CEL's specification names it.
  #matches(text: ASTNode, pattern: ASTNode): string {
    if (pattern.op !== 'value' || typeof pattern.args !== 'string') {
      throw badInput(this.field, `${this.field}: the pattern of matches() must be a literal text`);
    }
    // The form that is only checked comes first, so nothing is compiled of an expression that has too much.
    this.#patternSize += estimatePatternSize(pattern.args);
    if (this.#patternSize > MAX_PATTERN_SIZE) {
      throw badInput(
        this.field,
        `${this.field}: patterns of matches() may come to ${MAX_PATTERN_SIZE} instructions, repetitions included`,
      );
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
