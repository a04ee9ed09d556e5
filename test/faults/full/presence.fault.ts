import { comeAndGo } from '../lib/comings-and-goings.js';
import { names } from '../lib/registrations.js';
import type { Fault } from './fault.js';

const SECONDS = 60;
const PRESENCE = `query ($name: String!) { recipient(name: $name) { complete connections { id } } }`;

/** Asks who is there while 200 recipients come and go. Nothing breaks but what clients do all day. */
export const presenceUnderChurn: Fault = {
  name: 'presence-under-churn',
  about: '200 recipients connect and leave on all nodes for a minute, four callers ask who is there without pause',
  // Global messages would reach those who come and go, of whom the ledger knows nothing.
  stage: { pushesPerSecond: 50, globalEvery: 0 },
  async run(stage) {
    const { api, deliveryNodes } = stage.installation;
    const ports = deliveryNodes.map(({ port }) => port);
    const ask = async (name: string) =>
      (await api.call<{ recipient: { complete: boolean; connections: unknown[] } }>(PRESENCE, { name })).recipient;
    const { asked, complete, wrong } = await comeAndGo(api, ports, names('churn', 200), { seconds: SECONDS, ask });
    stage.note(`${asked} answers, ${complete} said to be complete, ${wrong.length} of them wrong`);
    stage.require(wrong.length === 0, wrong.slice(0, 5).join('; '));
    stage.require(complete > 0.8 * asked, `only ${complete} of ${asked} answers were complete`);
  },
};
