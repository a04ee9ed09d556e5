import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { namesOf, schemaOf, wire } from '../support/asyncapi.js';
import { read } from '../support/documents.js';

/** The rules of AsyncAPI, as its authors give them to programs that check documents. */
const rules = new URL(import.meta.resolve('@asyncapi/specs/schemas/3.0.0-without-$id.json'));

test('the description for programs is AsyncAPI 3, of this version', () => {
  const { info } = wire;
  const validate = addFormats
    .default(new Ajv({ strict: false, validateFormats: false }))
    .compile(JSON.parse(readFileSync(rules, 'utf8')));
  validate(wire);
  expect(validate.errors ?? []).toEqual([]);
  expect(info.version).toBe(JSON.parse(read('package.json')).version);
});

test('every frame of PROTOCOL.md is described, and no other', () => {
  const ours = read('PROTOCOL.md').split('### Clients of other services')[0] ?? '';
  const cells = [...ours.matchAll(/^\| (`[a-z-]+`(?:, `[a-z-]+`)*) \|/gm)].map(([, cell = '']) => cell);
  const printed = cells.flatMap((cell) => cell.match(/[a-z-]+/g) ?? []).filter((word) => word !== 'type');
  const types = Object.values(wire.components.messages).flatMap(({ payload }) => payload.properties?.type.const ?? []);
  expect(types.sort()).toEqual([...new Set(printed)].sort());
  expect([...namesOf('send'), ...namesOf('receive')].sort()).toEqual(Object.keys(wire.components.messages).sort());
});

test.each(Object.entries(wire.components.messages))('the examples of %s are as it is described', (name, { examples }) => {
  const schema = schemaOf(name);
  for (const { payload } of examples) expect([schema(payload), schema.errors]).toEqual([true, null]);
});
