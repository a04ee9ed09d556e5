import { beforeEach, describe, expect, test } from '@jest/globals';
import { AnswerPlace, AnswerRooms } from '../../../src/api/answers/answer-place.js';

/** Lets what promises resolve at once happen. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

const LONG_PAGE = 1_000;

describe('the place of answers', () => {
  let rooms: AnswerRooms;
  let begun: string[];
  let clock: number;

  /** Asks for a page, and notes its name once it may be read. */
  const ask = (name: string, items: number, tenantId = 'a') => {
    const place = new AnswerPlace(rooms, tenantId);
    void place.enter(items).then(() => begun.push(name));
    return place;
  };

  beforeEach(() => {
    clock = 0;
    rooms = new AnswerRooms(() => clock);
    begun = [];
  });

  test('long pages of a tenant are made one after the other, those of another tenant beside them', async () => {
    const first = ask('first', LONG_PAGE);
    const second = ask('second', LONG_PAGE);
    ask('other', LONG_PAGE, 'b');
    await settled();
    expect(begun).toEqual(['first', 'other']);

    first.finish(8 * 1024 * 1024);
    await settled();
    expect(begun).toEqual(['first', 'other', 'second']);

    ask('third', LONG_PAGE);
    second.leave();
    await settled();
    expect(begun).toEqual(['first', 'other', 'second', 'third']);
  });

  test('pages that were short before are made at once', async () => {
    const known = ask('known', LONG_PAGE);
    known.finish(200 * LONG_PAGE);
    known.leave();
    await settled();
    for (const name of ['a', 'b', 'c', 'd']) ask(name, LONG_PAGE);
    await settled();
    expect(begun).toEqual(['known', 'a', 'b', 'c', 'd']);
  });

  test('a page that was longer than foreseen counts at once', async () => {
    const short = ask('short', LONG_PAGE);
    short.finish(200 * LONG_PAGE);
    short.leave();
    const long = ask('long', LONG_PAGE);
    await settled();
    long.finish(8 * 1024 * 1024);
    long.leave();
    await settled();
    ask('next', LONG_PAGE);
    ask('waiting', LONG_PAGE);
    await settled();
    expect(begun).toEqual(['short', 'long', 'next']);
  });

  test('many short pages in a short time do not have long ones made at once', async () => {
    const long = ask('long', LONG_PAGE);
    await settled();
    long.finish(8 * 1024 * 1024);
    long.leave();
    await settled();
    const shorten = async () => {
      for (let page = 0; page < 100; page++) {
        const place = new AnswerPlace(rooms, 'a');
        await place.enter(LONG_PAGE);
        place.finish(100);
        place.leave();
        await settled();
      }
    };

    await shorten();
    const next = ask('next', LONG_PAGE);
    const waiting = ask('waiting', LONG_PAGE);
    await settled();
    expect(begun).toEqual(['long', 'next']);

    next.leave();
    waiting.leave();
    await settled();
    clock = 120_000;
    await shorten();
    begun = [];
    ask('one', LONG_PAGE);
    ask('two', LONG_PAGE);
    await settled();
    expect(begun).toEqual(['one', 'two']);
  });

  test('a request that ends while a field of it waits gives its room back', async () => {
    const first = ask('first', LONG_PAGE);
    const ended = ask('ended', LONG_PAGE);
    ended.leave();
    ask('after', LONG_PAGE);
    first.leave();
    await settled();
    expect(begun).toEqual(['first', 'ended', 'after']);
  });
});
