import { expect, it } from '@jest/globals';
import { HASH_SLOTS, hashSlotOf } from '../../src/redis/hash-slots.js';
import { onServer } from '../bus/cluster.js';
import { freePort, startRedis } from '../support/index.js';

it('puts every name into the slot that Redis puts it into', async () => {
  const names = [
    '',
    'a',
    '123456789',
    'foo{bar}',
    'foo{}bar',
    'foo{{bar}}',
    '{a}{b}',
    '}{',
    '{',
    'r:tenant:{',
    'é',
    '\u{1f600}',
    'x'.repeat(700),
  ];
  for (let i = 0; i < 200; i++) names.push(`tidings:r:018f3f6e-0000-7000-8000-000000000001:recipient ${i * 7919}`);
  const redis = await startRedis({ args: ['--cluster-enabled', 'yes', '--cluster-port', String(await freePort())] });
  try {
    const slots = await onServer(redis.port, (admin) => Promise.all(names.map((name) => admin.cluster('KEYSLOT', name))));
    expect(names.map(hashSlotOf)).toEqual(slots);
    expect(Math.max(...slots)).toBeLessThan(HASH_SLOTS);
  } finally {
    await redis.stop();
  }
});
