import { setTimeout as delay } from 'node:timers/promises';
import { Client } from '../../delivery/support/client.js';
import type { Api } from './api.js';

/** Holds the moments of one connection, in milliseconds since 1970; those that are not known yet are infinite. */
interface Life {
  begun: number;
  opened: number;
  closing: number;
  closed: number;
}

/** Tells who an API node says is connected. */
type Ask = (recipient: string) => Promise<{ complete: boolean; connections: readonly unknown[] }>;

interface Answers {
  asked: number;
  complete: number;
  /** Describes each answer that was complete and not true. */
  wrong: string[];
}

/** Is how much an answer may be behind, in milliseconds. */
const BEHIND_MS = 1_000;
const LONGEST_LIFE_MS = 4_000;
const LONGEST_PAUSE_MS = 1_000;
const ASKERS = 4;

/**
 * Has recipients connect and leave on all delivery nodes, while it asks all the time who is there. An answer
 * that says that it is complete must count what was connected within the last second.
 */
export async function comeAndGo(
  api: Pick<Api, 'register'>,
  ports: readonly number[],
  recipients: readonly string[],
  options: { seconds: number; ask: Ask },
): Promise<Answers> {
  const tokens = await Promise.all(recipients.map(async (name) => (await api.register(name)).token));
  const lives = new Map<string, Life[]>(recipients.map((name) => [name, []]));
  const end = Date.now() + options.seconds * 1000;
  const answers: Answers = { asked: 0, complete: 0, wrong: [] };

  const live = async (token: string, of: Life[]) => {
    while (Date.now() < end) {
      const life: Life = { begun: Date.now(), opened: Infinity, closing: Infinity, closed: Infinity };
      of.push(life);
      const client = await Client.open(anyOf(ports), { token });
      if (client.status === 101) life.opened = Date.now();
      const until = Date.now() + Math.random() * LONGEST_LIFE_MS;
      await client.until(() => Date.now() > until || client.gone);
      life.closing = Date.now();
      client.close(1000);
      await client.closed();
      client.cut();
      life.closed = Date.now();
      await delay(Math.random() * LONGEST_PAUSE_MS);
    }
  };

  const ask = async () => {
    while (Date.now() < end) {
      const name = anyOf(recipients);
      const from = Date.now();
      const { complete, connections } = await options.ask(name);
      const to = Date.now();
      answers.asked++;
      if (!complete) continue;
      answers.complete++;
      const of = lives.get(name) ?? [];
      const least = of.filter(({ opened, closing }) => opened < from - BEHIND_MS && closing > to).length;
      const most = of.filter(({ begun, closed }) => begun <= to && closed > from - BEHIND_MS).length;
      if (connections.length < least || connections.length > most)
        answers.wrong.push(`${name}: ${connections.length}, not ${least} to ${most}`);
    }
  };

  await Promise.all([
    ...recipients.map((name, i) => live(tokens[i] as string, lives.get(name) as Life[])),
    ...Array.from({ length: ASKERS }, ask),
  ]);
  return answers;
}

const anyOf = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T;
