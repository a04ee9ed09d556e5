import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { RequestRefused, readJsonBody } from '../../../src/api/http/json-body.js';

const statusOf = async (stream: Readable) => {
  try {
    await readJsonBody({ 'content-type': 'application/json' }, stream);
    return 'accepted';
  } catch (error) {
    return error instanceof RequestRefused ? error.statusCode : error;
  }
};

const piece = Buffer.alloc(1024 * 1024, 'x');

test('a character that is split between two pieces arrives whole', async () => {
  const bytes = Buffer.from('{"a":"🙂"}');
  const body = await readJsonBody({}, Readable.from([bytes.subarray(0, 8), bytes.subarray(8)]));
  expect(body).toEqual({ a: '🙂' });
});

test('a body that its client broke off is a bad request, and no fault of ours', async () => {
  const stream = new Readable({
    read() {
      this.destroy(new Error('aborted'));
    },
  });
  expect(await statusOf(stream)).toBe(400);
});

test('what is too long is read to its end, since many clients read no answer before they have sent all', async () => {
  let sent = 0;
  const stream = new Readable({
    read() {
      this.push(sent < 20 ? piece : null);
      sent++;
    },
  });
  expect(await statusOf(stream)).toBe(413);
  expect(stream.readableEnded).toBe(true);
});

test('what never ends is given up', async () => {
  let sent = 0;
  const stream = new Readable({
    read() {
      this.push(piece);
      sent++;
    },
  });
  expect(await statusOf(stream)).toBe(413);
  expect(sent).toBeLessThan(80);
  expect(stream.destroyed).toBe(true);
});

test('a long body is parsed as it comes, and one that is no JSON or no UTF-8 is read to its end', async () => {
  const sent = (parts: readonly Buffer[]) => Readable.from(parts, { objectMode: false });
  const text = (filler: string) => [Buffer.from('{"query":"'), piece, Buffer.from(filler), piece, Buffer.from('"}')];
  const body = (await readJsonBody({}, sent(text('🙂')))) as { query: string };
  expect(body.query).toBe(`${piece}🙂${piece}`);
  for (const wrong of [text('"'), [piece, Buffer.from([0xff]), piece]]) {
    const stream = sent(wrong);
    expect(await statusOf(stream)).toBe(400);
    expect(stream.readableEnded).toBe(true);
  }
});
