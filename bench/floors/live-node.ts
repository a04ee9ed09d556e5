import { createInterface } from 'node:readline';
import { tidingsV1Commands } from '../../src/adapters/tidings-v1/commands.js';
import { InProcessBus } from '../../src/bus/in-process-bus.js';
import type { NewLiveEvent } from '../../src/core/domain/live/live-event.js';
import { noConnectionLimits } from '../../src/core/ports/connection-limits.js';
import { DEFAULT_STREAM_BOUNDS } from '../../src/core/ports/event-stream.js';
import type { LiveDirectory } from '../../src/core/ports/live-directory.js';
import { silentLogger } from '../../src/core/ports/logger.js';
import { noMetrics } from '../../src/core/ports/metrics.js';
import type { RecipientClaims, RecipientTokens } from '../../src/core/ports/recipient-tokens.js';
import type { DeliveryStore } from '../../src/core/ports/stores/delivery-store.js';
import { noLimiter } from '../../src/core/ports/tenant-limiter.js';
import { createDeliveryNode, textFrame } from '../../src/delivery/index.js';
import { FairTurns } from '../../src/lib/fair-turns.js';
import { systemClock } from '../../src/lib/time/clock.js';
import { systemTimers } from '../../src/lib/time/timers.js';
import { LiveHub } from '../../src/live/live-hub.js';
import { DEFAULT_LIVE_LIMITS } from '../../src/live/live-limits.js';
import { ConditionCompiler } from '../../src/live/matching/condition-compiler.js';
import { FlowRules } from '../../src/live/publishing/flow-rules.js';
import { LivePublisher } from '../../src/live/publishing/live-publisher.js';
import { MemoryEventStream } from '../../src/live/streams/memory-event-stream.js';
import { ScanIndex } from '../lib/scan-index.js';

// Runs a delivery node with live topics and no database. `publish <events> <per second, 0: at once>` has it
// publish to itself.

const TENANT = '01890000-0000-7000-8000-000000000001';
const scanning = process.argv[2] === 'scan';

const claims: RecipientClaims = {
  tenantId: TENANT,
  recipient: 'page',
  topic: null,
  sourceIp: null,
  origin: null,
  revocation: 0,
  tokenId: '',
  issuedAt: 0,
  expiresAt: Number.MAX_SAFE_INTEGER,
  subscribe: ['*'],
  publish: [],
};
const tokens: RecipientTokens = { issue: () => '', verify: (token) => ({ ...claims, recipient: token }) };
const nothing = async () => [];
const store = {
  standing: async () => ({ tenantActive: true, revocation: 0 }),
  pending: async () => ({ messages: [], more: false }),
  unsentGlobals: nothing,
  globalsSince: nothing,
  findPending: nothing,
  revocationsSince: async () => ({ revocations: [], inactiveTenants: [] }),
} as unknown as DeliveryStore;
const directory = { eventRules: nothing } as unknown as LiveDirectory;

const limits = { ...DEFAULT_LIVE_LIMITS, eventsPerSecond: 1e9, eventsBurst: 1e9, subscriptionsPerConnection: 10_000 };
const bus = new InProcessBus(silentLogger);
const stream = new MemoryEventStream(systemClock, DEFAULT_STREAM_BOUNDS);
const now = () => systemTimers.now();
const rules = new FlowRules(directory, now, silentLogger);
const publisher = new LivePublisher({ bus, stream, rules, limiter: noLimiter, limits, now, onPublished() {} });
const matched = { connections: 0, events: 0 };
const turns = new FairTurns(now);
const conditions = new ConditionCompiler({ limits, turns, now });
const hub = new LiveHub({
  services: {
    directory,
    publisher,
    limiter: noLimiter,
    encode: textFrame,
    conditions,
    turns,
    limits,
    logger: silentLogger,
    metrics: noMetrics,
    timers: systemTimers,
  },
  stream,
  bus,
  maxAgeMs: DEFAULT_STREAM_BOUNDS.maxAgeMs,
  lookEveryMs: 5000,
  confirmMs: 2000,
  ...(scanning && { createIndex: () => new ScanIndex() }),
  onMatched: (connections) => {
    matched.events++;
    matched.connections += connections;
  },
});
const node = createDeliveryNode({
  store,
  bus,
  tokens,
  connectionLimits: noConnectionLimits,
  clock: systemClock,
  metrics: noMetrics,
  logger: silentLogger,
  admin: async () => null,
  commands: tidingsV1Commands(hub),
  config: {
    host: '127.0.0.1',
    port: 0,
    publicPath: '',
    trustProxy: [],
    maxConnections: 100_000,
    maxConnectionsPerRecipient: 100_000,
    maxHandshakesPerSecond: 100_000,
    maxUnconfirmedMessages: 256,
    maxUnconfirmedBytes: 1024 * 1024,
    pingIntervalMs: 20_000,
    pongTimeoutMs: 10_000,
    activityRetentionMs: 0,
    sweepIntervalMs: 5_000,
    shutdownDelayMs: 0,
    shutdownSpreadMs: 0,
  },
});

let n = 0;
/** Returns events for one record, a room of ten and one owner's ticket: 1, 10 and 1 connections. */
function nextEvent(connections: number): Omit<NewLiveEvent, 'flows'> {
  const i = n++;
  const to = (i * 7919) % connections;
  const data = { id: i, owner: to, text: 'x'.repeat(100), at: Date.now() };
  const topic = [`item:${to}`, `room:${to % Math.max(1, Math.floor(connections / 10))}`, `ticket:${i}`][i % 3] as string;
  return { topic, type: 'update', name: null, data, previous: null, changed: ['text'], parent: null, sender: null };
}

async function publish(events: number, perSecond: number, connections: number): Promise<object> {
  const before = { ...matched };
  const cpu = process.cpuUsage();
  const started = performance.now();
  for (let sent = 0; sent < events; ) {
    const due =
      perSecond === 0
        ? Math.min(events, sent + 100)
        : Math.min(events, Math.ceil(((performance.now() - started) / 1000) * perSecond));
    if (due > sent) {
      await publisher.publish(TENANT, [Array.from({ length: due - sent }, () => nextEvent(connections))]);
      sent = due;
    }
    // It waits for matching, so that the bus does not grow without end.
    while (matched.events - before.events < sent - 1000) await new Promise(setImmediate);
    if (perSecond > 0) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  while (matched.events - before.events < events) await new Promise(setImmediate);
  const seconds = (performance.now() - started) / 1000;
  const used = process.cpuUsage(cpu);
  return {
    events,
    seconds,
    deliveries: matched.connections - before.connections,
    cpuUsPerEvent: (used.user + used.system) / events,
    subscriptions: hub.subscriptions,
    rss: process.memoryUsage().rss,
  };
}

const { port } = await node.listen();
const say = (what: object) => process.stdout.write(`${JSON.stringify(what)}\n`);
say({ port });
for await (const line of createInterface({ input: process.stdin })) {
  const [command, ...args] = line.split(' ');
  if (command === 'publish') say(await publish(Number(args[0]), Number(args[1]), Number(args[2])));
  if (command === 'quit') process.exit(0);
}
