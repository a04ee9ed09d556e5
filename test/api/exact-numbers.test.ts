import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { KEY, startApi, type TestApi } from './support/api.js';
import { type FakeLive, fakeLive } from './support/live.js';

const BEYOND = '9007199254740993';
const EXACT = '9007199254740994';

let live: FakeLive;
let api: TestApi;
beforeAll(async () => {
  live = fakeLive();
  api = await startApi({ live });
});
afterAll(() => api.node.stop());

const PUBLISH = 'mutation ($events: [EventInput!]!) { publishEvents(input: { events: $events }) { id error { code message } } }';
const refused = { id: null, error: { code: 'BAD_USER_INPUT', message: expect.stringContaining('2^53') } };
const accepted = { id: expect.any(String), error: null };

test('an integer that would be changed refuses its event, in a variable', async () => {
  live.published.length = 0;
  const events = `[{"topic":"a","type":"b","data":{"id":${BEYOND}}},
    {"topic":"a","type":"b","data":{"id":${EXACT}, "text": ": ${BEYOND}"}},
    {"topic":"a","type":"b","data":{},"previous":{"deep":[{"id":-${BEYOND}}]}}]`;
  const answer = await api.post(`{"query":${JSON.stringify(PUBLISH)},"variables":{"events":${events}}}`);
  expect(await answer.json()).toEqual({ data: { publishEvents: [refused, accepted, refused] } });
  expect(live.published.map(({ data }) => data)).toEqual([{ id: 9007199254740994, text: `: ${BEYOND}` }]);
});

test('and as a literal', async () => {
  live.published.length = 0;
  const event = (data: string) => `{ topic: "a", type: "b", data: ${data} }`;
  const events = [`{ id: ${BEYOND} }`, `{ id: ${EXACT} }`, `{ list: [1, ${BEYOND}.0] }`, '{ id: 1e400 }', '{ id: 1.5e3 }'];
  const { body } = await api.call(
    `mutation { publishEvents(input: { events: [${events.map(event).join(' ')}] }) { id error { code message } } }`,
  );
  expect(body).toEqual({ data: { publishEvents: [refused, accepted, refused, refused, accepted] } });
  expect(live.published.map(({ data }) => data)).toEqual([{ id: 9007199254740994 }, { id: 1500 }]);
});

test('and in a variable within a literal', async () => {
  const query = `mutation ($id: JSONObject!) { publishEvents(input: { events: [{ topic: "a", type: "b", data: { a: $id } }] }) { id error { code message } } }`;
  const answer = await api.post(`{"query":${JSON.stringify(query)},"variables":{"id":{"id":${BEYOND}}}}`);
  expect(await answer.json()).toEqual({ data: { publishEvents: [refused] } });
});

test('an id that would be changed is the mistake of its caller', async () => {
  const answer = await api.post(`{"query":"query ($id: ID!) { message(id: $id) { id } }","variables":{"id":${BEYOND}}}`, {
    'x-api-key': KEY,
  });
  expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT', field: 'id' } }] });
});
