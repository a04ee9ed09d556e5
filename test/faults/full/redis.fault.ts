import { onServer } from '../../bus/cluster.js';
import type { Fault } from './fault.js';
import type { Stage } from './stage.js';
import { ms } from './table.js';

const PAUSED_MS = 20_000;
const CUTS = 20;
const BETWEEN_CUTS_MS = 3_000;
const AWAY_MS = 5_000;

/** Runs the load undisturbed for this long, to compare with, in seconds. */
const BEFORE_S = 5;
/** Takes twice as slow for noise below this, in milliseconds. */
const FLOOR_MS = 10;

/** Harms Redis. Pushes must take at most twice as long meanwhile, and delivery is soon quick again. */
function redisFault(name: string, about: string, attack: (stage: Stage) => Promise<void>): Fault {
  return {
    name,
    about,
    async run(stage) {
      const quiet = performance.now();
      await stage.accepted(BEFORE_S * stage.pushesPerSecond);
      const begun = performance.now();
      await attack(stage);
      stage.ended();
      const [before, meanwhile] = [stage.answerMs(quiet, begun), stage.answerMs(begun, stage.endedAt)];
      stage.note(
        `answers before: p50 ${ms(before.p50)}, p99 ${ms(before.p99)}; meanwhile: ${ms(meanwhile.p50)}, ${ms(meanwhile.p99)}`,
      );
      const bound = 2 * Math.max(before.p50, FLOOR_MS);
      stage.require(meanwhile.p50 <= bound, `pushes took ${ms(meanwhile.p50)} instead of ${ms(before.p50)}`);
      const refused = stage.load.attempts.filter(({ begunAt, result }) => begunAt >= begun && result !== 'OK').length;
      stage.require(refused === 0, `${refused} pushes were refused though only Redis was away`);
    },
    check(stage) {
      const quick = stage.quickAgainAfter(stage.endedAt);
      stage.note(`delivery below 100 ms ${ms(quick)} after the end`);
      stage.require(quick <= 5000, `delivery was below 100 ms again after ${ms(quick)}`);
    },
    soak: true,
  };
}

export const redisKilled = redisFault('redis-killed', `Redis killed, and restarted ${ms(AWAY_MS)} later`, async (stage) => {
  const { redis } = stage.servers;
  await redis.kill();
  await stage.lasting(AWAY_MS);
  await redis.restart();
});

export const redisPaused = redisFault('redis-paused', `Redis stopped (SIGSTOP) for ${ms(PAUSED_MS)}`, async (stage) => {
  const { redis } = stage.servers;
  redis.pause();
  await stage.lasting(PAUSED_MS);
  redis.resume();
});

export const redisSubscribersCut = redisFault(
  'redis-subscribers-cut',
  `Redis's pub/sub connections cut every ${ms(BETWEEN_CUTS_MS)}, ${CUTS} times`,
  async (stage) => {
    for (let i = 0; i < CUTS; i++) {
      await onServer(stage.servers.redis.port, (redis) => redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub'));
      await stage.lasting(BETWEEN_CUTS_MS);
    }
  },
);
