import { describe, expect, test } from '@jest/globals';
import { subscribe } from '../../packages/sdk/src/follow.js';
import { readEvents, type SentEvent } from '../../packages/sdk/src/sent-events.js';
import { Transport } from '../../packages/sdk/src/transport.js';
import { fault, refusal } from './scripted-service.js';

async function eventsOf(...chunks: string[]): Promise<SentEvent[]> {
  async function* bytes() {
    for (const chunk of chunks) yield Buffer.from(chunk, 'latin1');
  }
  const events: SentEvent[] = [];
  for await (const event of readEvents(bytes())) events.push(event);
  return events;
}

describe('a stream of events', () => {
  test('is read line by line, however it is cut', async () => {
    const text = ':\n\nid: 1\nevent: next\ndata: {"a":1}\n\nevent: complete\ndata:\n\n';
    const expected = [
      { type: 'next', data: '{"a":1}', id: '1' },
      { type: 'complete', data: '', id: '1' },
    ];
    expect(await eventsOf(text)).toEqual(expected);
    expect(await eventsOf(...text)).toEqual(expected);
    expect(await eventsOf(...text.replaceAll('\n', '\r\n'))).toEqual(expected);
  });

  test('has texts that are cut within a character', async () => {
    expect(await eventsOf('data: \xc3', '\xa4\n\n')).toEqual([{ type: 'message', data: 'ä', id: null }]);
  });

  test('has data of several lines, fields without a colon, and what is unknown', async () => {
    expect(await eventsOf('data: a\ndata:b\ndata\nretry: 5\nelse: x\n\n')).toEqual([
      { type: 'message', data: 'a\nb\n', id: null },
    ]);
  });

  test('tells an id that comes alone, and nothing that was not ended', async () => {
    expect(await eventsOf('id: 7\n\ndata: lost')).toEqual([{ type: 'position', data: '', id: '7' }]);
  });
});

const stream = (...frames: string[]) => new Response(frames.join(''), { headers: { 'content-type': 'text/event-stream' } });
const next = (id: number) => `id: ${id}\nevent: next\ndata: {"data":{"statusEvents":{"id":"${id}"}}}\n\n`;
const complete = 'event: complete\ndata:\n\n';
const failed = (code: string) =>
  `event: next\ndata: {"errors":[{"message":"no","extensions":{"code":"${code}"}}]}\n\n${complete}`;

/** Follows a service that answers by a script. */
function follow(...script: Array<Response | Error>) {
  const positions: Array<string | null> = [];
  const waits: number[] = [];
  const fetch = async (_url: string, init: RequestInit) => {
    positions.push((init.headers as Record<string, string>)['last-event-id'] ?? null);
    const answer = script[Math.min(positions.length, script.length) - 1] as Response | Error;
    if (answer instanceof Error) throw answer;
    return answer.clone();
  };
  const surroundings = {
    now: () => 0,
    random: () => 0.5,
    sleep: async (ms: number, signal: AbortSignal | undefined) => {
      signal?.throwIfAborted();
      waits.push(ms);
    },
  };
  const controller = new AbortController();
  const events = subscribe<{ id: string }>(
    { transport: new Transport('http://x', 'tk_x', fetch), surroundings, onRetry: undefined },
    { operation: 'statusEvents', document: '', variables: {}, signal: controller.signal, timeoutMs: 1000 },
  );
  return { events, positions, waits, controller };
}

async function idsOf(events: AsyncIterable<{ id: string }>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of events) ids.push(id);
  return ids;
}

describe('a subscription', () => {
  test('gives events until the service says that no more follow', async () => {
    const { events, positions } = follow(stream(':\n\n', next(1), next(2), complete));
    expect([await idsOf(events), positions]).toEqual([['1', '2'], [null]]);
  });

  test('that breaks is made again from the last event on', async () => {
    const { events, positions, waits } = follow(
      ...[stream(next(1), next(2)), fault('ECONNREFUSED'), new Response('', { status: 502 })],
      ...[stream(), stream(next(3)), stream(next(4), complete)],
    );
    expect(await idsOf(events)).toEqual(['1', '2', '3', '4']);
    expect(positions).toEqual([null, '2', '2', '2', '2', '3']);
    // What came through ends the doubling.
    expect(waits).toEqual([150, 300, 600, 1200, 150]);
  });

  test('goes on from a position that came without an event', async () => {
    const { events, positions } = follow(stream('id: 5\n\n'), stream(next(6), complete));
    expect([await idsOf(events), positions]).toEqual([['6'], [null, '5']]);
  });

  test.each(['UNAUTHENTICATED', 'FORBIDDEN', 'BAD_USER_INPUT', 'QUOTA_EXCEEDED', 'POSITION_EXPIRED'])(
    'ends with %s',
    async (code) => {
      const { events, positions } = follow(stream(failed(code)));
      await expect(idsOf(events)).rejects.toMatchObject({ code, operation: 'statusEvents' });
      expect(positions).toHaveLength(1);
    },
  );

  test('ends with a bad key, which is answered without a stream', async () => {
    await expect(idsOf(follow(refusal('UNAUTHENTICATED', {}, 401)).events)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('comes back where the service is away', async () => {
    const { events } = follow(refusal('SERVICE_UNAVAILABLE', {}, 503), stream(next(1), complete));
    expect(await idsOf(events)).toEqual(['1']);
  });

  test('ends with the reason of its signal', async () => {
    const { events, controller } = follow(stream(next(1)));
    await events.next();
    controller.abort(new Error('enough'));
    await expect(idsOf(events)).rejects.toThrow('enough');
  });

  test('lets go of its connection when its reader has had enough', async () => {
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      start: (out) => out.enqueue(Buffer.from(next(1))),
      cancel: () => {
        cancelled = true;
      },
    });
    const { events } = follow();
    const open = follow(
      Object.assign(new Response(body, { headers: { 'content-type': 'text/event-stream' } }), {
        clone() {
          return this;
        },
      }),
    );
    for await (const { id } of open.events) {
      expect(id).toBe('1');
      break;
    }
    expect(cancelled).toBe(true);
    await events.return();
  });
});
