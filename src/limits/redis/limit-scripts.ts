import type { Redis } from 'ioredis';
import { BUCKET_SECONDS } from '../../core/domain/tenant-limits.js';

const NOW = `
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + tonumber(clock[2]) / 1000
`;

/**
 * Forgets buckets this long after they are full, in milliseconds: a node that supposes a level is younger.
 */
const FULL_FOR_MS = 60_000;

/**
 * Takes from the buckets of a tenant.
 *
 * KEYS: a hash with the level of each policy, and `at`, when they were those.
 * ARGV: the number of buckets; per bucket its policy, tokens a second, the level where none is known, and
 * what
 * was taken already; then per call its cost in each bucket.
 * Answers the levels afterwards; then per call 0, or the number of the bucket that refuses it and the
 * milliseconds until it can be taken. Levels and times are texts, since numbers would lose their fractions.
 */
const TAKE = `${NOW}
local n = tonumber(ARGV[1])
local fields, rates, levels, caps = { 'at' }, {}, {}, {}
for i = 1, n do fields[i + 1] = ARGV[4 * i - 2] end
local known = redis.call('HMGET', KEYS[1], unpack(fields))
local passed = math.max(0, now - tonumber(known[1] or now)) / 1000
for i = 1, n do
  rates[i] = tonumber(ARGV[4 * i - 1])
  caps[i] = rates[i] * ${BUCKET_SECONDS}
  local level = known[i + 1] and tonumber(known[i + 1]) + passed * rates[i] or tonumber(ARGV[4 * i])
  levels[i] = math.min(caps[i], math.min(caps[i], level) - tonumber(ARGV[4 * i + 1]))
end
local answer = {}
local at = 4 * n + 2
while at <= #ARGV do
  local refusing, wait = 0, 0
  for i = 1, n do
    local cost = tonumber(ARGV[at + i - 1])
    local lacking = math.min(cost, caps[i]) - levels[i]
    if cost > 0 and lacking > 0.000001 and 1000 * lacking / rates[i] > wait then
      refusing, wait = i, 1000 * lacking / rates[i]
    end
  end
  if refusing == 0 then
    for i = 1, n do levels[i] = levels[i] - tonumber(ARGV[at + i - 1]) end
    answer[#answer + 1] = 0
  else
    answer[#answer + 1] = { refusing, string.format('%.3f', wait) }
  end
  at = at + n
end
local fullAfter, shown = 0, {}
local changes = { 'at', string.format('%.3f', now) }
for i = 1, n do
  shown[i] = string.format('%.6f', levels[i])
  changes[#changes + 1] = fields[i + 1]
  changes[#changes + 1] = shown[i]
  fullAfter = math.max(fullAfter, 1000 * (caps[i] - levels[i]) / rates[i])
end
redis.call('HSET', KEYS[1], unpack(changes))
redis.call('PEXPIRE', KEYS[1], math.ceil(fullAfter) + ${FULL_FOR_MS})
return { shown, answer }
`;

/** Counts what was seen in the time before, in milliseconds. */
const SEEN_MS = 60_000;
/** Names at most this many tenants whose connections are to be reported. */
const MOST_TENANTS = 1_000;

/**
 * Says that a node is there.
 *
 * KEYS: the nodes by when they were seen; those of them that serve the API; the tenants with a limit of
 * connections of their own, by when some node had a handshake of theirs.
 * ARGV: the node's name; 1 if it serves the API; then such tenants of this node's.
 * Answers the number of nodes, and of those that serve the API; then the tenants of all nodes.
 */
const APPEAR = `${NOW}
local function seen(key, name)
  redis.call('ZADD', key, now, name)
  redis.call('PEXPIRE', key, ${2 * SEEN_MS})
end
seen(KEYS[1], ARGV[1])
if ARGV[2] == '1' then seen(KEYS[2], ARGV[1]) end
for i = 3, #ARGV do seen(KEYS[3], ARGV[i]) end
for i = 1, 3 do redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now - ${SEEN_MS}) end
return { redis.call('ZCARD', KEYS[1]), redis.call('ZCARD', KEYS[2]), redis.call('ZREVRANGE', KEYS[3], 0, ${MOST_TENANTS - 1}) }
`;

/**
 * Says that a node is no more.
 *
 * KEYS: the nodes, and those of them that serve the API. ARGV: the node's name.
 */
const LEAVE = `
for i = 1, 2 do redis.call('ZREM', KEYS[i], ARGV[1]) end
return 0
`;

/** Counts the connections of a node that reported in this time, in milliseconds. */
const REPORTED_MS = 3_000;

/**
 * Reports how many connections of a tenant a node holds.
 *
 * KEYS: a hash with each node's count and when it reported. ARGV: the node's name, its count.
 * Answers the sum of the other nodes.
 */
const REPORT = `${NOW}
local sum = 0
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local count, at = string.match(all[i + 1], '^(%d+):(%d+)')
  if now - tonumber(at) > ${REPORTED_MS} then redis.call('HDEL', KEYS[1], all[i])
  elseif all[i] ~= ARGV[1] then sum = sum + tonumber(count) end
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ':' .. string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], ${2 * REPORTED_MS})
return sum
`;

const SCRIPTS = { tidingsTake: TAKE, tidingsAppear: APPEAR, tidingsLeave: LEAVE, tidingsReport: REPORT };

export type LimitScript = keyof typeof SCRIPTS;

/** Lets a connection call the scripts: by their digest, and in full where the server does not know it. */
export function defineLimitScripts(redis: Redis): void {
  for (const [name, lua] of Object.entries(SCRIPTS)) redis.defineCommand(name, { lua });
}

/** @param redis a connection that was given to `defineLimitScripts` */
export function callLimitScript(
  redis: Redis,
  name: LimitScript,
  keys: readonly string[],
  args: ReadonlyArray<string | number>,
): Promise<unknown> {
  const scripted = redis as unknown as Record<LimitScript, (...args: Array<string | number>) => Promise<unknown>>;
  return scripted[name](keys.length, ...keys, ...args);
}
