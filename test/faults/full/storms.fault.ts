import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../support/index.js';
import { ClientGroup } from '../lib/client-group.js';
import { quantile } from '../lib/ledger.js';
import { Passages } from '../lib/passages.js';
import { push } from '../lib/push.js';
import { names, register } from '../lib/registrations.js';
import type { Fault } from './fault.js';
import { ms } from './table.js';

const CUT_CLIENTS = 1000;
const CUT_EVERY_MS = 15_000;
const AWAY_MS = 2000;
const LASTING_S = 60;
const MESSAGES_PER_SECOND = 2;
/** Pushes a message in this many calls, each to a part of the clients. */
const CALLS_PER_MESSAGE = 10;

/** Repeats a published test in which Socket.IO delivered 84.55 %. */
export const cutAgainAndAgain: Fault = {
  name: 'cut-again-and-again',
  about: 'every TCP connection cut every 15 s, away for 2 s, 2 messages a second to each of 1,000 clients, 60 s',
  stage: { clients: 20, pushesPerSecond: 10 },
  async run(stage) {
    const { installation, ledger } = stage;
    const { api, deliveryNodes } = installation;
    const passages = new Passages(ledger);
    const recipients = names('cut', CUT_CLIENTS);
    const clients = await register(api, recipients);
    const group = await ClientGroup.start({ clients, urls: deliveryNodes.map(({ url }) => url), ledger: passages });
    stage.atEnd(() => group.stop());
    await group.opened(CUT_CLIENTS);
    const begunAt = performance.now();
    const cuts: number[] = [];
    const timer = setInterval(() => {
      cuts.push(performance.now());
      group.cut(AWAY_MS);
    }, CUT_EVERY_MS);
    const calls: Array<Promise<unknown>> = [];
    const callsPerSecond = MESSAGES_PER_SECOND * CALLS_PER_MESSAGE;
    const part = CUT_CLIENTS / CALLS_PER_MESSAGE;
    let [accepted, refused] = [0, 0];
    for (let n = 0; n < LASTING_S * callsPerSecond; n++) {
      const wait = begunAt + (n * 1000) / callsPerSecond - performance.now();
      if (wait > 0) await delay(wait);
      const first = (n % CALLS_PER_MESSAGE) * part;
      const call = push(api, passages, recipients.slice(first, first + part), `cut ${n}`);
      calls.push(
        call.then(
          (items) => {
            accepted += items.length;
          },
          () => {
            refused++;
          },
        ),
      );
    }
    await Promise.all(calls);
    clearInterval(timer);
    stage.ended();
    await until('all to be delivered', () => ledger.outstanding().length === 0, 60_000).catch(() => {});
    const { openedAt } = await group.stats();
    // It measures from a client's return to the last message that was accepted while it was away.
    const caughtUpMs: number[] = [];
    for (const [i, opened] of openedAt.entries()) {
      for (const cutAt of cuts) {
        const backAt = opened.find((at) => at > cutAt);
        if (backAt === undefined) continue;
        const missed = passages.of(recipients[i] as string, cutAt, backAt);
        const arrivals = missed.map(({ arrivedAt }) => arrivedAt ?? Number.POSITIVE_INFINITY);
        if (arrivals.length > 0) caughtUpMs.push(Math.max(0, Math.max(...arrivals) - backAt));
      }
    }
    caughtUpMs.sort((a, b) => a - b);
    const p99 = quantile(caughtUpMs, 0.99);
    stage.note(`${accepted} accepted for them, ${refused} calls refused; ${caughtUpMs.length} returns`);
    stage.note(`from a return to the last message missed: p50 ${ms(quantile(caughtUpMs, 0.5))}, p99 ${ms(p99)}`);
    stage.require(accepted === CUT_CLIENTS * LASTING_S * MESSAGES_PER_SECOND, `${accepted} messages were accepted`);
    stage.require(caughtUpMs.length > 2 * CUT_CLIENTS, `only ${caughtUpMs.length} returns`);
    stage.require(p99 < 1000, `the p99 from a return to the last message missed is ${ms(p99)}`);
  },
};

const STORM_CLIENTS = 5000;
const WAITING_FOR_EACH = 3;
/** Leaves time to push what waits, in milliseconds. */
const STORM_AWAY_MS = 8000;

export const allAtOnce: Fault = {
  name: 'all-at-once',
  about: '5,000 clients reconnect at once, 3 messages waiting for each, a global message every second',
  stage: { clients: 20, pushesPerSecond: 50, globalEvery: 50 },
  async run(stage) {
    const { installation, ledger } = stage;
    const { api, deliveryNodes } = installation;
    const recipients = names('storm', STORM_CLIENTS);
    const clients = await register(api, recipients);
    const group = await ClientGroup.start({ clients, urls: deliveryNodes.map(({ url }) => url), ledger });
    stage.atEnd(() => group.stop());
    await group.opened(STORM_CLIENTS, 120_000);
    group.cut(STORM_AWAY_MS);
    const backAt = performance.now() + STORM_AWAY_MS;
    for (let n = 0; n < WAITING_FOR_EACH; n++) {
      for (let i = 0; i < STORM_CLIENTS; i += 1000) await push(api, ledger, recipients.slice(i, i + 1000), `storm ${n}`);
    }
    stage.require(performance.now() < backAt, 'the clients were back before all was pushed that was to wait for them');
    await delay(Math.max(0, backAt - performance.now()));
    const from = performance.now();
    stage.ended();
    await group.opened(STORM_CLIENTS, 90_000);
    const openAfterMs = performance.now() - from;
    const waits = () => ledger.outstanding().some(({ text }) => text.startsWith('storm '));
    await until('everybody to have what waited', () => !waits(), 90_000);
    const drainedAfterMs = performance.now() - from;
    const answers = stage.answerMs(from, performance.now());
    const { refusals, retryAfter } = await group.stats();
    const spread = [1, 2, 3, 4, 5].map((s) => `${retryAfter.filter((one) => one === s).length} of ${s} s`);
    stage.note(`all open after ${ms(openAfterMs)}, all drained after ${ms(drainedAfterMs)}`);
    stage.note(`refused handshakes ${JSON.stringify(refusals)}, Retry-After ${spread.join(', ')}`);
    stage.note(`pushes meanwhile p50 ${ms(answers.p50)}, p99 ${ms(answers.p99)}`);
    stage.require(drainedAfterMs < 30_000, `all were back and drained only after ${ms(drainedAfterMs)}`);
    const others = Object.keys(refusals).filter((status) => status !== '503');
    stage.require(others.length === 0, `handshakes failed with ${others.join(', ')}`);
    stage.require(retryAfter.length === (refusals['503'] ?? 0), 'a 503 had no Retry-After');
    stage.require(retryAfter.length < 100 || new Set(retryAfter).size > 2, 'Retry-After is not spread');
    stage.require(answers.p99 < 500, `the p99 of pushes was ${ms(answers.p99)}`);
  },
  check(stage) {
    const refused = Object.keys(stage.report.refusals);
    stage.require(refused.length === 0, `pushes were refused: ${refused.join(', ')}`);
  },
};
