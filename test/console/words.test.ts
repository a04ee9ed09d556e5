import { describe, expect, test } from '@jest/globals';
import { recallEntry, recallFilter } from '../../src/console/app/views/message/recall-entry.js';
import { activitySentence } from '../../src/console/app/words/activity-words.js';
import { browserWords } from '../../src/console/app/words/browser-words.js';
import { type Fate, fateFact, fateSentence, outcomeOf, overdueSentence } from '../../src/console/app/words/message-words.js';
import { presenceSentence } from '../../src/console/app/words/recipient-words.js';
import { timeRangeOf } from '../../src/console/app/words/span-of-time.js';
import { eventWords, toldWords } from '../../src/console/app/words/status-event-words.js';
import { firstLine, isId, prettyJson, shortened, sizeWords } from '../../src/console/app/words/text-words.js';
import { agoWords, fullMoment, inReadersZone, momentWords } from '../../src/console/app/words/time-words.js';
import {
  addressWords,
  attemptTodo,
  attemptWords,
  hasSucceeded,
  healthSentence,
  healthWord,
} from '../../src/console/app/words/webhook-words.js';

// A Friday, in whatever zone the test runs.
const NOW = new Date(2026, 10, 27, 15, 0, 0);
const now = NOW.getTime();
const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const ago = (ms: number) => new Date(now - ms);
const on = (day: number, hour = 14, minute = 2) => new Date(2026, 10, day, hour, minute);

describe('times', () => {
  test.each([
    [0, 'just now'],
    [12 * SECOND, '12 seconds ago'],
    [61 * SECOND, '1 minute ago'],
    [2 * HOUR, '2 hours ago'],
    [-3 * HOUR, 'in 3 hours'],
  ])('%d ms ago is "%s"', (ms, words) => {
    expect(agoWords(ago(ms), now)).toBe(words);
  });

  test.each([
    [on(27), 'today, 14:02'],
    [on(26), 'yesterday, 14:02'],
    [on(28), 'tomorrow, 14:02'],
    [on(24), 'Tuesday, 14:02'],
    [on(2), '2 November, 14:02'],
    [new Date(2025, 11, 24, 18, 0), '24 December 2025, 18:00'],
  ])('%s is "%s"', (at, words) => {
    expect(momentWords(at, now)).toBe(words);
  });

  test('are written out with the zone, and with GMT where that is another', () => {
    expect(fullMoment(new Date('2026-11-24T14:02:11Z'))).toMatch(/24 November 2026.* GMT\)?$/);
  });

  test('of the API are put into the zone of the reader', () => {
    const at = on(24);
    const words = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'short', timeZone: 'GMT' }).formatToParts(at);
    const part = (type: string) => words.find((one) => one.type === type)?.value;
    const moment = `${part('weekday')}, ${part('day')} ${part('month')} ${part('year')}, ${part('hour')}:${part('minute')} GMT`;
    const sentence = `Waiting: not seen since ${moment}. It will be delivered when they come back, until ${moment}.`;
    expect(inReadersZone(sentence, now)).toBe(
      'Waiting: not seen since Tuesday, 14:02. It will be delivered when they come back, until Tuesday, 14:02.',
    );
  });
});

describe('browsers', () => {
  const CHROME =
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36';
  test.each([
    [CHROME, 'Chrome on Windows'],
    [`${CHROME} Edg/131.0.0.0`, 'Edge on Windows'],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0', 'Firefox on Linux'],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1',
      'Safari on iPhone',
    ],
    ['curl/8.5.0', 'curl'],
    ['', null],
    [null, null],
  ])('%s is %s', (userAgent, words) => {
    expect(browserWords(userAgent)).toBe(words);
  });
});

const waiting: Fate = {
  ...{ recipient: 'ann', status: 'PENDING', receipt: null, cancelReason: null },
  ...{ expiresAt: null, deliveredAt: null, cancelledAt: null, pendingReason: null, deliveredTo: null },
};
const recent = ago(2 * 60 * SECOND).toISOString();
const reason = (code: string, text: string, since: string | null = null) => ({ code, since, text });

describe('what became of a message', () => {
  test.each<[string, Partial<Fate>, string, string]>([
    ['waits', { pendingReason: reason('UNKNOWN', 'Waiting. Ask again.') }, 'Waiting. Ask again.', 'We cannot say why'],
    [
      'waits for a name never seen',
      { pendingReason: reason('NOT_CONNECTED', 'Waiting: nobody.') },
      'Waiting: nobody.',
      'Not seen lately',
    ],
    [
      'waits for somebody',
      { pendingReason: reason('NOT_CONNECTED', 'Waiting.', on(24).toISOString()) },
      'Waiting.',
      'Not seen since Tuesday, 14:02',
    ],
    [
      'waits for a reason of a later version',
      { pendingReason: reason('NEW', 'Waiting: new.') },
      'Waiting: new.',
      'We cannot say why',
    ],
    [
      'was confirmed by the browser',
      { status: 'DELIVERED', receipt: 'PONG', deliveredAt: recent, deliveredTo: { userAgent: 'curl/8', origin: null } },
      'Delivered 2 minutes ago. The browser confirmed it.',
      'curl',
    ],
    [
      'was confirmed by the page',
      { status: 'DELIVERED', receipt: 'ACK', deliveredAt: recent },
      'Delivered 2 minutes ago. The page confirmed that it handled it.',
      'The page confirmed it',
    ],
    [
      'was recalled',
      { status: 'CANCELLED', cancelReason: 'RECALLED', cancelledAt: recent },
      'Recalled 2 minutes ago, before it was delivered.',
      'Not delivered',
    ],
    [
      'was recalled too late',
      { status: 'CANCELLED', cancelReason: 'RECALLED', cancelledAt: recent, deliveredAt: recent, receipt: 'PONG' },
      'Recalled, but a browser had it already.',
      'A browser had it already',
    ],
    [
      'expired',
      { status: 'CANCELLED', cancelReason: 'EXPIRED', cancelledAt: on(24).toISOString() },
      'Not delivered: it expired Tuesday, 14:02.',
      'Not delivered',
    ],
  ])('is said of one that %s', (_what, change, sentence, fact) => {
    const fate = { ...waiting, ...change };
    expect([fateSentence(fate, now), fateFact(fate, now)]).toEqual([sentence, fact]);
  });

  test('is said, too, where it should have been delivered by then', () => {
    expect(overdueSentence(on(27).toISOString(), now)).toBe('Overdue since today, 14:02: it should have been delivered by then.');
  });

  test('is one word in a list', () => {
    const outcomes = (['RECALLED', 'EXPIRED'] as const).map((cancelReason) => outcomeOf({ status: 'CANCELLED', cancelReason }));
    expect(outcomes).toEqual(['recalled', 'expired']);
  });
});

test.each([
  [{ kind: 'CONNECTED', origin: 'https://a.example', topic: 'news' }, 'Came: A device, from https://a.example, for “news”.'],
  [{ kind: 'DISCONNECTED', connectedSeconds: 61, detail: 'the page was left' }, 'Left after 1 minute: the page was left.'],
  [{ kind: 'DISCONNECTED', connectedSeconds: 0 }, 'Left after less than a second.'],
  [{ kind: 'REFUSED', reason: 'TOKEN_EXPIRED', times: 3 }, 'Turned away 3 times: its token has expired, and it needs a new one.'],
  [{ kind: 'REFUSED', reason: 'NEW' }, 'Turned away: for a reason that this page does not know.'],
  [{ kind: 'RENAMED' }, 'Renamed.'],
])('activity %j is "%s"', (change, sentence) => {
  const entry = {
    ...{ at: recent, lastAt: recent, times: 1, kind: '', connectionId: null, connectedSeconds: null, reason: null },
    ...{ detail: null, topic: null, sourceIp: null, origin: null, userAgent: null },
  };
  expect(activitySentence({ ...entry, ...change })).toBe(sentence);
});

test('whether a recipient is there is one sentence, which never says no where nobody knows', () => {
  const one = { since: on(27).toISOString(), userAgent: 'curl/8', origin: null };
  const say = (connections: (typeof one)[], complete: boolean, lastSeenAt: string | null) =>
    presenceSentence({ connections, complete, lastSeenAt }, now);
  expect(say([one], true, recent)).toBe('Connected since today, 14:02: curl.');
  expect(say([one, one], true, recent)).toBe('Connected on 2 devices or tabs.');
  expect(say([], false, recent)).toMatch(/cannot say/);
  expect(say([], true, recent)).toBe('Not connected. Last seen 2 minutes ago.');
  expect(say([], true, null)).toMatch(/Is the name right/);
});

test('ranges of time are those before the question', () => {
  expect(timeRangeOf({ time: 'hour' }, now)).toEqual({ from: ago(HOUR).toISOString() });
  expect(timeRangeOf({ time: 'between', from: recent }, now)).toEqual({ from: recent });
  expect(timeRangeOf({ time: 'between' }, now)).toBeUndefined();
  expect(timeRangeOf({ time: 'nonsense' }, now)).toBeUndefined();
});

test('texts and names are shortened by whole characters', () => {
  expect(shortened('department-of-long-names', 12)).toBe('departm…ames');
  expect(shortened('😀'.repeat(5), 5)).toBe('😀'.repeat(5));
  expect(firstLine('\n  \n second line \nthird')).toBe('second line');
  expect([...firstLine('😀'.repeat(300), 10)]).toHaveLength(10);
  expect([sizeWords(1), sizeWords(43), sizeWords(1_740)]).toEqual(['1 byte', '43 bytes', '1.7 KB']);
});

test('JSON is set out if it is an object or a list', () => {
  expect(prettyJson('{"a":1}')).toBe('{\n  "a": 1\n}');
  expect([prettyJson('{"a":'), prettyJson('42'), prettyJson('hello')]).toEqual([null, null, null]);
});

test('an id is told from a name', () => {
  expect(isId('0197F3A2-0000-7000-8000-000000000000')).toBe(true);
  expect(isId('0197f3a2-0000-7000-8000')).toBe(false);
});

test.each([
  [{ type: 'DELIVERED', receipt: 'ACK' }, 'Delivered', 'The page confirmed it'],
  [{ type: 'OVERDUE' }, 'Overdue', 'It waited too long'],
  [{ type: 'LATE_RECEIPT', cancelReason: 'EXPIRED' }, 'Came late', 'Expired, but a browser has it'],
  [{ type: 'SENT_BACK' }, 'Sent back', ''],
] as const)('the status event %j is "%s"', (change, word, fact) => {
  expect(eventWords({ receipt: null, cancelReason: null, ...change })).toMatchObject({ word, fact });
});

test('a webhook is told of events by name, of all of them in a word', () => {
  expect(toldWords(['DELIVERED', 'LATE_RECEIPT'])).toBe('Delivered, came late');
  expect(toldWords(['OVERDUE', 'LATE_RECEIPT', 'DELIVERED', 'RECALLED', 'EXPIRED'])).toBe('Everything');
});

test.each([
  [{ state: 'ACTIVE' }, 'Working', 'Ready: nothing was sent to it yet.'],
  [{ state: 'ACTIVE', lastSuccessAt: recent }, 'Working', 'Works: it took what it was told 2 minutes ago.'],
  [{ state: 'ACTIVE', failingSince: recent }, 'Retrying', 'Failing since today, 14:58. It is tried again by itself.'],
  [
    { state: 'FAILING', failingSince: recent, stateReason: 'no luck' },
    'Failing',
    /^Failing since today, 14:58: no luck\. Only the/,
  ],
  [{ state: 'PAUSED', waiting: 100_000 }, 'Paused', /^Paused\. 100,000 events or more wait for it/],
  [{ state: 'DISABLED', stateReason: 'the receiver answered 410 Gone', waiting: 1 }, 'Off', /410 Gone\. Mend .* 1 event waits/],
])('how a webhook does: %j is "%s"', (change, word, sentence) => {
  const health = { ...{ state: '', stateReason: null, lastSuccessAt: null, failingSince: null, waiting: 0 }, ...change };
  expect(healthWord(health).word).toBe(word);
  expect(healthSentence(health, now)).toMatch(sentence);
});

test.each([
  [204, null, 'Taken', /^$/],
  [302, 'redirects are not followed', 'It led elsewhere (302)', /the address that it leads to/],
  [401, null, 'Turned away (401)', /without a password/],
  [404, null, 'Nobody takes it there (404)', /the address is right/],
  [418, null, 'Not accepted (418)', /its own log/],
  [500, null, 'The receiver failed (500)', /its own log/],
  [503, null, 'The receiver is away (503)', /whether it runs/],
  [null, 'connection refused', 'No answer: connection refused', /whether the receiver runs/],
  [null, 'name not found', 'No answer: name not found', /the address is right/],
  [null, 'certificate or TLS not accepted (CERT_HAS_EXPIRED)', /^No answer: certificate/, /not valid/],
] as const)('an attempt that was answered by %s (%s) is "%s", with what to do', (httpStatus, error, words, todo) => {
  const attempt = { httpStatus, error };
  expect(attemptWords(attempt)).toMatch(words);
  expect(attemptTodo(attempt)).toMatch(todo);
  expect(hasSucceeded(attempt)).toBe(httpStatus === 204);
});

test('an address is shown without what may be a secret', () => {
  expect(addressWords('https://example.org/a?secret=1')).toBe('example.org/a');
  expect(addressWords('http://127.0.0.1:8080/')).toBe('http://127.0.0.1:8080');
});

test('who recalled a message is told only where the audit log leaves no doubt', () => {
  const id = '0197f3a2-0000-7000-8000-000000000001';
  const other = '0197f3a2-0000-7000-8000-000000000002';
  const entry = (keyName: string, subject: string | null, outcome: 'DONE' | 'REFUSED' = 'DONE') => ({
    ...{ id: '', at: recent, apiKeyId: null, keyPrefix: 'tk_a', keyName, operation: 'cancelMessages', subject },
    ...{ address: null, outcome, code: null, requestId: null },
  });
  const who = (...entries: ReturnType<typeof entry>[]) => recallEntry(id, entries)?.keyName;
  expect(who(entry('by topic', 'topic:news'), entry('by id', `ids:${other},${id}`))).toBe('by id');
  expect(who(entry('another', `ids:${other}`), entry('refused', null, 'REFUSED'), entry('by topic', 'topic:news'))).toBe(
    'by topic',
  );
  expect(who(entry('of many', `ids:${other},+5`))).toBe('of many');
  expect(who(entry('by topic', 'topic:news'), entry('by name', 'recipient:5f0c'))).toBeUndefined();
  expect(who()).toBeUndefined();
  expect(recallFilter({ cancelReason: 'EXPIRED', cancelledAt: recent })).toBeNull();
});
