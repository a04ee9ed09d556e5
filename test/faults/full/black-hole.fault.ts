import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Api, CallFailed } from '../lib/api.js';
import { Probe } from '../lib/probe.js';
import { outage, showsDegraded } from './database-away.js';
import type { Stage } from './stage.js';
import { ms } from './table.js';

const AWAY_MS = 20_000;
/** Limits the time until any answer of the API, with the round trip and a busy machine, in milliseconds. */
const ANSWER_MS = 5_500;
const ASK_EVERY_MS = 250;
/** Holds root fields that ask the database in different ways. */
const QUESTIONS = [
  '{ messages(limit: 10) { items { id } } }',
  '{ message(id: "01890000-0000-7000-8000-000000000000") { id } }',
  '{ globalMessages { items { id } } }',
  'mutation { cancelMessages(input: { ids: ["01890000-0000-7000-8000-000000000000"] }) { cancelled } }',
  'mutation { revokeRecipient(input: { recipient: "nobody" }) { revokedAt } }',
  'mutation { registerRecipient(input: { recipient: "nobody" }) { token } }',
];

/** Drops every packet to and from PostgreSQL: no end of a connection reaches anybody, and no refusal. */
export const postgresBlackHoled = outage({
  name: 'postgres-black-holed',
  about: `PostgreSQL black-holed (packets dropped by iptables) for ${ms(AWAY_MS)}`,
  async attack(stage) {
    await dropPackets(stage, '-I');
    stage.atEnd(() => dropPackets(stage, '-D').catch(() => {}));
    const probes = QUESTIONS.map((question) => asking(stage, question));
    await Promise.all([stage.lasting(AWAY_MS), showsDegraded(stage)]);
    await dropPackets(stage, '-D');
    await Promise.all(probes.map((probe) => probe.stop()));
    const answers = probes.flatMap((probe, n) => probe.answers.map((answer) => ({ ...answer, question: QUESTIONS[n] })));
    const slowest = answers.reduce((one, other) => (one.ms > other.ms ? one : other));
    stage.note(`${answers.length} other calls, the slowest answered after ${ms(slowest.ms)}`);
    stage.require(slowest.ms <= ANSWER_MS, `an answer took ${ms(slowest.ms)}: ${slowest.question}`);
    const other = answers.find(({ result }) => result !== 'OK' && result !== 'SERVICE_UNAVAILABLE');
    stage.require(other === undefined, `a call was answered ${other?.result}`);
  },
});

function asking({ installation }: Stage, question: string): Probe {
  const api = new Api(() => installation.apiNodes.map(({ url }) => url), installation.key);
  const ask = () =>
    api.call(question, {}, 4 * ANSWER_MS).then(
      () => 'OK',
      (error: unknown) => (error instanceof CallFailed ? (error.code ?? `HTTP ${error.status}`) : String(error)),
    );
  return Probe.start(ask, ASK_EVERY_MS);
}

async function dropPackets({ servers }: Stage, how: '-I' | '-D'): Promise<void> {
  for (const end of ['--dport', '--sport']) {
    const rule = ['INPUT', '-i', 'lo', '-p', 'tcp', end, String(servers.postgres.port), '-j', 'DROP'];
    await promisify(execFile)('iptables', [how, ...rule]);
  }
}
