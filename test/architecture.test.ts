import { basename, dirname } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { circlesOf, type Import, readImports, sourceOf } from './support/import-graph.js';

/** At most so many files in one folder: beyond, a room is a drawer. */
const FILES_PER_ROOM = 14;

const CORE = ['core/**', 'lib/**'];
const DELIVERY = [...CORE, 'protocol'];

/**
 * Rooms, and what each may import beside itself: `x` is the files in that folder, `x/*` those in the
 * folders in it, `x/**` both. A file has the path without its ending. A room that is not named may import
 * nothing, and nobody may import a room above it.
 */
const MAY_IMPORT: Record<string, readonly string[]> = {
  lib: ['lib/time'],
  'lib/time': [],
  'lib/http': [],
  'lib/json': [],
  protocol: [],
  config: ['lib/**'],
  'console/shared': [],
  'console/page': ['console/shared'],
  'console/app': ['console/app/data', 'console/app/frame', 'console/app/styles'],
  'console/app/words': ['core/domain/roles', 'core/domain/scope'],
  'console/app/data': ['console/shared', 'core/domain/scope', '../packages/sdk/src'],
  'console/app/components': ['console/app/data', 'console/app/words'],
  'console/app/components/*': ['console/app/components', 'console/app/data', 'console/app/words'],
  'console/app/views/*': [
    'console/app/components/**',
    'console/app/data',
    'console/app/words',
    'console/app/views/*',
    'core/domain/roles',
  ],
  'console/app/frame': ['console/app/components/**', 'console/app/data', 'console/app/words', 'console/app/views/*'],
  '../packages/client/src': ['protocol', '../packages/client/src/live-topics'],
  '../packages/client/src/live-topics': ['../packages/client/src'],
  '../packages/client/src/tabs': ['../packages/client/src'],
  '../packages/sdk/src': ['../packages/sdk/src/generated'],
  redis: CORE,

  'core/domain': ['lib/**'],
  'core/domain/live': ['core/domain', 'lib/**'],
  'core/domain/usage': [],
  'core/domain/status-feed': ['core/domain'],
  'core/ports': ['core/domain/**', 'lib/**'],
  'core/ports/stores': ['core/domain/**', 'lib/**'],
  'core/ports/stores/feed': ['core/domain/**', 'core/ports/stores'],
  'core/ports/stores/webhooks': ['core/domain/**', 'core/ports/stores'],
  'core/ports/webhooks': ['core/domain/**', 'core/ports/stores/**', 'lib/**'],
  'core/validation': ['core/domain/**', 'core/ports/**', 'lib/**'],
  'core/validation/webhook': ['core/domain', 'core/validation'],
  'core/use-cases': [
    'core/domain/**',
    'core/ports/**',
    'core/use-cases/presence',
    'core/use-cases/status-feed',
    'core/validation',
    'lib/**',
  ],
  'core/use-cases/following': ['core/domain/**', 'core/ports/**', 'lib/**'],
  'core/use-cases/presence': ['core/domain/**', 'core/ports/**', 'core/validation', 'lib/**'],
  'core/use-cases/live': ['core/domain/**', 'core/ports/**', 'lib/**'],
  'core/use-cases/status-feed': [
    'core/domain/**',
    'core/ports/**',
    'core/use-cases/following',
    'core/use-cases/presence',
    'core/validation',
    'lib/**',
  ],
  'core/domain/webhook': ['core/domain', 'core/domain/status-feed'],
  'core/use-cases/webhooks': ['core/domain/**', 'core/ports/**', 'core/use-cases/messages', 'core/validation/**', 'lib/**'],
  'core/use-cases/keys': ['core/domain/**', 'core/ports/**', 'core/validation', 'lib/**'],
  token: CORE,
  embedded: CORE,
  observability: CORE,
  bus: [...CORE, 'bus/redis', 'redis'],
  'bus/redis': [...CORE, 'redis'],

  store: [...CORE, 'store/*'],
  'store/sharing': CORE,
  'store/audit': [...CORE, 'store/database', 'store/sharing', 'store/query'],
  'store/session': CORE,
  'store/database': [...CORE, 'store/session', 'store/sharing'],
  'store/query': [...CORE, 'store/database', 'store/sharing', 'store/message-status'],
  'store/pending': [...CORE, 'store/database', 'store/sharing', 'store/message-status', 'store/query'],
  'store/push': [...CORE, 'store/database', 'store/sharing', 'store/message-status', 'store/query', 'store/usage-delta'],
  'store/settlement': [
    ...CORE,
    'store/audit',
    'store/database',
    'store/sharing',
    'store/message-status',
    'store/usage-delta',
    'store/status-event-rows',
  ],
  'store/activity': [...CORE, 'store/database', 'store/sharing', 'store/message-status', 'store/query'],
  'store/tenancy': [...CORE, 'store/audit', 'store/database', 'store/sharing', 'store/webhooks/queue-erasure', 'generated/**'],
  'store/status-feed': [
    ...CORE,
    'store/audit',
    'store/database',
    'store/sharing',
    'store/message-status',
    'store/status-event-rows',
  ],
  'store/usage': [...CORE, 'store/database', 'store/sharing'],
  'store/transfer': [...CORE, 'store/database'],
  'store/webhooks': [...CORE, 'store/audit', 'store/database', 'store/sharing'],

  delivery: [...DELIVERY, 'delivery/*'],
  'delivery/outbound': DELIVERY,
  'delivery/socket': [...CORE, 'delivery/outbound'],
  'delivery/recording': CORE,
  'delivery/connection': [...DELIVERY, 'delivery/outbound', 'delivery/socket', 'delivery/recording'],
  'delivery/inbound': [...DELIVERY, 'delivery/admission', 'delivery/connection', 'delivery/outbound', 'delivery/socket'],
  'delivery/dispatch': [...DELIVERY, 'delivery/connection', 'delivery/outbound'],
  'delivery/sweep': [...CORE, 'delivery/dispatch', 'delivery/recording'],
  'delivery/admission': DELIVERY,
  'delivery/gateway': [...DELIVERY, 'delivery/delivery-core', 'delivery/admission', 'delivery/socket', 'delivery/inbound'],

  webhooks: [...CORE, 'webhooks/http', 'webhooks/sending'],
  'webhooks/http': CORE,
  'webhooks/sending': [...CORE, 'webhooks/http', 'webhooks/webhook-poster'],

  limits: [...CORE, 'limits/redis'],
  'limits/redis': [...CORE, 'limits', 'redis'],

  live: [...CORE, 'live/*'],
  'live/matching': CORE,
  'live/publishing': CORE,
  'live/streams': [...CORE, 'redis'],
  'live/feed': [...CORE, 'live/matching'],
  'live/commands': [...CORE, 'live/matching', 'live/publishing'],
  'live/session': [...CORE, 'live/matching', 'live/feed', 'live/commands', 'protocol'],

  adapters: [...DELIVERY, 'adapters/*', 'delivery', 'live'],
  'adapters/*': [...CORE, 'adapters', 'delivery', 'live'],

  api: [...CORE, 'api/*'],
  'api/answers': CORE,
  'api/audit': [...CORE, 'generated/**'],
  'api/errors': CORE,
  'api/sse': [...CORE, 'api/errors'],
  'api/http': [...CORE, 'api/errors', 'api/sse'],
  'api/execution': CORE,
  'api/introspection': [...CORE, 'api/execution'],
  'api/graphql': [
    ...CORE,
    'api/use-cases',
    'api/answers',
    'api/audit',
    'api/errors',
    'api/http',
    'api/sse',
    'api/execution',
    'api/introspection',
    'generated/**',
  ],

  app: [
    ...CORE,
    'app/*',
    'api/graphql',
    'config',
    'embedded',
    'observability',
    'store/database',
    'store/session',
    'store/transfer',
    'token',
  ],
  'app/doctor': [...CORE, 'config', 'embedded', 'redis', 'store/database'],
  'app/parts': [
    ...CORE,
    'app/**',
    'adapters',
    'api',
    'bus',
    'config',
    'delivery',
    'limits',
    'live',
    'observability',
    'store',
    'webhooks',
  ],
  'app/workers': [...CORE, 'app', 'config', 'observability'],
  cli: [...CORE, 'app/**', 'cli/client', 'cli/doctor', 'cli/reports', 'cli/transfer', 'config'],
  // Commands that ask by the API, as a tenant's backend would, and connect as its pages would.
  'cli/client': ['../packages/sdk/src', 'app', 'cli', 'cli/client/webhook', 'config', 'core/validation', 'protocol'],
  'cli/client/webhook': ['../packages/sdk/src', 'app', 'cli', 'cli/client', 'config'],
  'cli/doctor': [...CORE, 'app/**', 'cli', 'config'],
  'cli/transfer': [...CORE, 'app/**', 'cli'],
  'cli/reports': [...CORE, 'app/**', 'cli'],
};

const { files, ours, foreign } = readImports();

const roomOf = (file: string) => (dirname(file) === '.' ? basename(file).replace(/\.tsx?$/, '') : dirname(file));
const stemOf = (file: string) => file.replace(/\.tsx?$/, '');
const show = (imports: readonly Import[]) => imports.map(({ file, target }) => `${file} imports ${target}`);

/** Room that the list has, for a file: its own, or the pattern of its neighbours. */
const listedRoom = (file: string) => (MAY_IMPORT[roomOf(file)] ? roomOf(file) : `${dirname(roomOf(file))}/*`);

function matches(pattern: string, file: string): boolean {
  const room = roomOf(file);
  if (pattern.endsWith('/**')) return room === pattern.slice(0, -3) || room.startsWith(pattern.slice(0, -2));
  if (pattern.endsWith('/*')) return dirname(room) === pattern.slice(0, -2);
  return room === pattern || stemOf(file) === pattern;
}

function isAllowed({ file, target }: Import): boolean {
  return roomOf(file) === roomOf(target) || (MAY_IMPORT[listedRoom(file)] ?? []).some((pattern) => matches(pattern, target));
}

describe('imports', () => {
  test('are found', () => {
    expect(ours.length).toBeGreaterThan(500);
  });

  test('point one way: no room imports what its list does not have', () => {
    expect(show(ours.filter((found) => !isAllowed(found)))).toEqual([]);
  });

  test('make no circle, those of types included', () => {
    expect(circlesOf(ours)).toEqual([]);
  });

  test('a list has no room that is not used', () => {
    const unused = Object.entries(MAY_IMPORT).flatMap(([room, patterns]) =>
      patterns
        .filter((pattern) => !CORE.includes(pattern))
        .filter((pattern) => !ours.some(({ file, target }) => listedRoom(file) === room && matches(pattern, target)))
        .map((pattern) => `${room}: ${pattern}`),
    );
    expect(unused).toEqual([]);
  });

  test('of the core and the protocol are of themselves and node, but for the reading of addresses and the making of ids', () => {
    const inner = foreign.filter(({ file }) => /^(core|protocol|lib)\//.test(file));
    expect(show(inner.filter(({ target }) => !/^(node:|(ipaddr\.js|proxy-addr|uuid)$)/.test(target)))).toEqual([]);
  });

  test('of the WebSocket library are in one file that serves, and in two that ask', () => {
    const files = [...new Set(foreign.filter(({ target }) => target === 'ws').map(({ file }) => file))];
    expect(files.sort()).toEqual([
      'app/doctor/probe-client.ts',
      'cli/client/listening-socket.ts',
      'delivery/gateway/websocket-upgrader.ts',
    ]);
  });
});

describe('files', () => {
  test(`are at most ${FILES_PER_ROOM} in a folder`, () => {
    const counts = new Map<string, number>();
    for (const file of files) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
    expect([...counts].filter(([, count]) => count > FILES_PER_ROOM)).toEqual([]);
  });

  test('have names of their own, but for those that are a rule', () => {
    // An index; the parts of each dialect; a use case, which is called as its operation.
    const isRule = (file: string) =>
      /(^|\/)index\.ts$|^adapters\/[^/]+\/(endpoint|translator)\.ts$|^core\/use-cases\//.test(file);
    const byName = new Map<string, string[]>();
    for (const file of files.filter((name) => !isRule(name)))
      byName.set(basename(file), [...(byName.get(basename(file)) ?? []), file]);
    expect([...byName.values()].filter((same) => same.length > 1)).toEqual([]);
  });
});

test('the environment is read in one folder', () => {
  expect(files.filter((file) => /process\.env\b/.test(sourceOf(file)) && roomOf(file) !== 'config')).toEqual([]);
});
