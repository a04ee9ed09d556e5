import type { Redis } from 'ioredis';

/** Stands for the server's run in a cluster, where the script asks the server that executes it. */
export const CLUSTER_RUN = 'cluster';

/** Sets `server` to the run of the server that executes the script. */
const SERVER = `
local server = ARGV[1]
if server == '${CLUSTER_RUN}' then server = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') end
`;

/**
 * Appends events. A call that is made again answers what it has answered.
 *
 * KEYS: the stream, its facts, this call's key, then one key per part.
 * ARGV: the server's run; now in ms; maximal age in ms, count and bytes; life of the facts in ms; the
 * server's time in ms after which nothing is done; the number of events; then per event its JSON, 12 random
 * hexadecimal digits, the number of its parts, and their positions in KEYS from 4 on.
 * Answers the server's run, then per event its id and the ids before it: in the stream, then in each part.
 * It looks at few old events at first: each is copied whole, up to 64 KiB, and all others of the server wait.
 *
 * The facts: `run` and `server` (of the server that has the stream: another one may have lost its end, so it
 * starts anew), `ms` and `seq` of the latest event, `head` its id, `floor` the id of the latest event that
 * was forgotten, `bytes`.
 */
const APPEND = `${SERVER}
local stream, facts = KEYS[1], KEYS[2]
local clock = redis.call('TIME')
if tonumber(clock[1]) * 1000 + tonumber(clock[2]) / 1000 > tonumber(ARGV[7]) then return redis.error_reply('LATE') end
local former = redis.call('GET', KEYS[3])
if former then return cjson.decode(former) end
local run, now, maxAge, maxCount, maxBytes, factsLife = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local known = redis.call('HMGET', facts, 'run', 'ms', 'seq', 'head', 'floor', 'bytes', 'server')
local ms, seq, head, floor, bytes = tonumber(known[2] or '0'), tonumber(known[3] or '0'), known[4], known[5], tonumber(known[6] or '0')
local parts = {}
if known[1] ~= run or (known[7] or server) ~= server then
  redis.call('DEL', stream, facts)
  for i = 4, #KEYS do redis.call('DEL', KEYS[i]) end
  ms, seq, head, floor, bytes = 0, 0, false, false, 0
elseif redis.call('EXISTS', stream) == 0 then
  floor, bytes = head, 0
end
local answer, at = { server }, 9
for _ = 1, tonumber(ARGV[8]) do
  if now > ms then ms, seq = now, 0
  elseif seq < 16777215 then seq = seq + 1
  else ms, seq = ms + 1, 0 end
  local time = string.format('%012x', ms)
  local id = string.sub(time, 1, 8) .. '-' .. string.sub(time, 9) .. '-7' .. string.format('%03x', math.floor(seq / 4096)) ..
    '-8' .. string.format('%03x', seq % 4096) .. '-' .. ARGV[at + 1]
  local json = ARGV[at]
  redis.call('XADD', stream, string.format('%.0f-%d', ms, seq), 'id', id, 'e', json)
  bytes = bytes + #json
  local before = { id, head or '' }
  head = id
  local count = tonumber(ARGV[at + 2])
  for i = 1, count do
    local part = tonumber(ARGV[at + 2 + i])
    local last = parts[part]
    if last == nil then last = redis.call('GET', KEYS[part]) or '' end
    before[#before + 1] = last
    parts[part] = id
  end
  answer[#answer + 1] = before
  at = at + 3 + count
end
for part, id in pairs(parts) do redis.call('SET', KEYS[part], id, 'PX', 2 * maxAge) end
local length, look = redis.call('XLEN', stream), 1
local done = false
while not done do
  local oldest = redis.call('XRANGE', stream, '-', '+', 'COUNT', look)
  look = math.min(2 * look, 64)
  if #oldest == 0 then break end
  local cut = 0
  for i = 1, #oldest do
    local time = tonumber(string.match(oldest[i][1], '^%d+'))
    if length <= maxCount and bytes <= maxBytes and time >= now - maxAge then done = true break end
    cut = i
    length = length - 1
    bytes = bytes - #oldest[i][2][4]
    floor = oldest[i][2][2]
  end
  for i = 1, cut do redis.call('XDEL', stream, oldest[i][1]) end
end
redis.call('HSET', facts, 'run', run, 'server', server, 'ms', string.format('%.0f', ms), 'seq', seq, 'head', head, 'floor', floor or '', 'bytes', bytes)
redis.call('PEXPIRE', facts, factsLife)
redis.call('PEXPIRE', stream, 2 * maxAge)
redis.call('SET', KEYS[3], cjson.encode(answer), 'PX', 5000)
return answer
`;

/**
 * Reads the events after one.
 *
 * KEYS: the stream, its facts.
 * ARGV: the server's run, an event's id or an empty text, its place in the stream, the maximal number of
 * events to answer, and the bytes of JSON after which the answer ends.
 * Answers 0 if anything after the event may be missing, else 1; then the server's run; then, if there are
 * events, 1 or 0, whether more follow, and per event its id and its JSON.
 */
const AFTER = `${SERVER}
local known = redis.call('HMGET', KEYS[2], 'run', 'head', 'floor', 'server')
local id = ARGV[2]
if not known[1] then return { id == '' and 1 or 0, server } end
if known[1] ~= ARGV[1] or (known[4] or server) ~= server then return { 0, server } end
if id == known[2] then return { 1, server } end
local floor = known[3]
if redis.call('EXISTS', KEYS[1]) == 0 then floor = known[2] end
local from = '-'
if id ~= (floor or '') then
  if id == '' then return { 0, server } end
  local found = redis.call('XRANGE', KEYS[1], ARGV[3], ARGV[3])
  if #found == 0 or found[1][2][2] ~= id then return { 0, server } end
  from = '(' .. ARGV[3]
end
local answer, most, mostBytes = { 1, server, 0 }, tonumber(ARGV[4]), tonumber(ARGV[5])
local count, bytes, look, found = 0, 0, 8, nil
repeat
  found = redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', look)
  for _, entry in ipairs(found) do
    bytes = bytes + #entry[2][4]
    if count == most or (count > 0 and bytes > mostBytes) then
      answer[3] = 1
      return answer
    end
    count = count + 1
    answer[#answer + 1] = entry[2][2]
    answer[#answer + 1] = entry[2][4]
    from = '(' .. entry[1]
  end
  local isEnd = #found < look
  look = math.min(2 * look, 64)
until isEnd
return answer
`;

/**
 * Reads which events are the latest.
 *
 * KEYS: the stream's facts, then one key per part. ARGV: the server's run.
 * Answers the server's run, the id of the stream's latest event, then of each part's.
 */
const HEADS = `${SERVER}
local known = redis.call('HMGET', KEYS[1], 'run', 'head', 'server')
local same = known[1] == ARGV[1] and (known[3] or server) == server
local answer = { server, same and known[2] or '' }
for i = 2, #KEYS do answer[i + 1] = same and redis.call('GET', KEYS[i]) or '' end
return answer
`;

/**
 * Tries the commands of the others, and leaves nothing behind: a server that has not the rights for us, or
 * cannot save, refuses one of them.
 *
 * KEYS: a key that holds nothing. ARGV: the server's run.
 */
const PROBE = `${SERVER}
local key = KEYS[1]
redis.call('TIME')
redis.call('HSET', key, 'a', 'b')
redis.call('PEXPIRE', key, 1000)
redis.call('HMGET', key, 'a')
redis.call('DEL', key)
redis.call('EXISTS', key)
redis.call('SET', key, 'a', 'XX', 'PX', 1000)
redis.call('GET', key)
redis.call('XADD', key, 'NOMKSTREAM', '*', 'a', 'b')
redis.call('XLEN', key)
redis.call('XRANGE', key, '-', '+', 'COUNT', 1)
redis.call('XDEL', key, '0-1')
return server
`;

const SCRIPTS = { tidingsAppend: APPEND, tidingsAfter: AFTER, tidingsHeads: HEADS, tidingsProbe: PROBE };

export type ScriptName = keyof typeof SCRIPTS;
export type ScriptArguments = ReadonlyArray<string | number>;

/** Lets a connection call the scripts: by their digest, and in full where the server does not know it. */
export function defineScripts(redis: Redis): void {
  for (const [name, lua] of Object.entries(SCRIPTS)) redis.defineCommand(name, { lua });
}

/** @param redis a connection that was given to `defineScripts` */
export function callScript(redis: Redis, name: ScriptName, keys: readonly string[], args: ScriptArguments): Promise<unknown> {
  const scripted = redis as unknown as Record<ScriptName, (...args: ScriptArguments) => Promise<unknown>>;
  return scripted[name](keys.length, ...keys, ...args);
}
