import { afterEach, expect, test } from '@jest/globals';
import { heldBytes, heldSince } from '../support/held-bytes.js';
import { cleanUp, startNode, until } from '../support/node.js';

afterEach(cleanUp);

test('rows of globals that wait for the database hold no texts', async () => {
  const { connect, pushGlobal, store } = await startNode();
  const client = await connect();
  store.away = true;
  const before = await heldBytes();
  // The store of the test, the bus and the client hold this one text, whatever is pushed: all that grows is the node's.
  const text = 'x'.repeat(60_000);
  for (let n = 1; n <= 200; n++) {
    await pushGlobal(text);
    await client.received(n);
    client.texts[n - 1] = text;
  }
  expect(await heldSince(before, 2_000_000)).toBeLessThan(2_000_000);
  store.away = false;
  await until(() => store.rows.size === 200);
  // To collect all garbage takes a second where many files have left theirs to this process, and it is done ten times and more.
}, 120_000);
