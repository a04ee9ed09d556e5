import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { isReadable, readStart } from '../../../src/webhooks/http/answer-start.js';

test.each([
  ['text/plain', true],
  ['text/html; charset=utf-8', true],
  ['application/json', true],
  ['application/problem+json; charset=utf-8', true],
  ['Application/JSON', true],
  ['application/octet-stream', false],
  ['application/jsonp', false],
  ['image/svg+xml', false],
  [undefined, false],
])('%s is kept: %s', (type, kept) => {
  expect(isReadable({ 'content-type': type })).toBe(kept);
});

test('what is compressed is not kept', () => {
  expect(isReadable({ 'content-type': 'text/plain', 'content-encoding': 'gzip' })).toBe(false);
});

test('keeps 256 characters, however they are cut into chunks', async () => {
  const bytes = Buffer.from('\u{1f600}'.repeat(300));
  const chunks = Array.from({ length: Math.ceil(bytes.length / 3) }, (_, i) => bytes.subarray(3 * i, 3 * i + 3));
  expect(await readStart(Readable.from(chunks))).toBe('\u{1f600}'.repeat(256));
});

test('keeps nothing that the database would refuse', async () => {
  expect(await readStart(Readable.from([Buffer.from('a\0b'), Buffer.from([0xff])]))).toBe('a\ufffdb\ufffd');
});

test('has the start of an answer that breaks off', async () => {
  const breaks = Readable.from(
    (async function* () {
      yield Buffer.from('half');
      throw new Error('reset');
    })(),
  );
  expect(await readStart(breaks)).toBe('half');
});
