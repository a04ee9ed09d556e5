import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { buildSchema, parse, validate } from 'graphql';
import { TIDINGS_V1 } from '../../src/adapters/tidings-v1/translator.js';
import { parsePattern } from '../../src/core/domain/live/topic-pattern.js';
import { printedBlocks, read } from '../support/documents.js';

const root = new URL('../../', import.meta.url);
const guide = read('docs/live-topics.md');
const schema = buildSchema(
  readdirSync(new URL('schema', root))
    .filter((name) => name.endsWith('.graphql'))
    .map((name) => readFileSync(new URL(`schema/${name}`, root), 'utf8'))
    .join('\n'),
);

describe('the guide', () => {
  it('calls what the schema has', () => {
    for (const block of printedBlocks('docs/live-topics.md', 'graphql')) expect(validate(schema, parse(block))).toEqual([]);
    const calls = [...guide.matchAll(/`(\w+\(input: \{[^`]*\}\))`/g)].map((match) => match[1] as string);
    expect(calls.length).toBeGreaterThan(1);
    for (const call of calls) {
      const name = call.startsWith('setEventRule') ? 'entity' : 'name';
      expect(validate(schema, parse(`mutation { ${call} { ${name} } }`))).toEqual([]);
    }
  });

  it('shows commands that are understood', () => {
    const commands = [...guide.matchAll(/`(\{"type":[^`]*\})`/g)].map((match) => (match[1] as string).replaceAll('\n', ' '));
    expect(commands.length).toBeGreaterThan(1);
    for (const command of commands) expect(TIDINGS_V1.read(command)).toHaveLength(1);
  });

  it('grants what are patterns', () => {
    const grants = [...guide.matchAll(/"?(?:subscribe|publish)"?: (\["[^\]]*"\])/g)].flatMap((match) =>
      JSON.parse(match[1] as string),
    );
    expect(grants.length).toBeGreaterThan(4);
    for (const grant of grants) expect(parsePattern(grant)).not.toBeNull();
  });
});
