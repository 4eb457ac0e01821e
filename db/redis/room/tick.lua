-- Tells how a room stands, and takes its next step if the caller has one and nobody else has stepped meanwhile. The step is decided by
-- edge/waiting-room/admission.ts from an earlier answer of this script; any number of edges may try.
--
-- KEYS[1] room     HASH    see keys.ts
-- KEYS[2] passes   ZSET    visitor inside -> end of the pass unless it is used, epoch ms
-- KEYS[3] visits   HASH    visitor inside -> when the pass was given, epoch ms, and the key that it was given for
-- KEYS[4] claimed  STRING  bitmap: the turn of this position was taken, or given up
-- KEYS[5] turns    ZSET    number reached -> when, epoch ms
-- KEYS[6] deferred ZSET    position whose turn came while the room was full -> until when it is kept, epoch ms
-- KEYS[7] gone     STRING  bitmap: the ticket of this index was given up before the draw
-- ARGV[1] hold      ms that a position inside is kept free for somebody called
-- ARGV[2] turn      ms after which a turn that was not claimed is lapsed, its second chance included
-- ARGV[3] idle      life of a pass that is not used, ms
-- ARGV[4] silent    ms for which the edge has not reached the store, 0 for none
-- ARGV[5] answered  answers of the origin to this edge since its last call
-- ARGV[6] slow      those of them that were slow or failed
-- ARGV[7] known     JSON, see KnownRoom in rooms.ts: what the edge has seen of this room, or ''
-- ARGV[8] step      JSON, see Step in admission.ts, or ''
-- ARGV[9] create    1: make the room if there is none
--
-- Returns the state of the room as names and values, see RoomState in admission.ts; nothing when there is none.

local room_key, passes_key, visits_key, claimed_key, turns_key, deferred_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local hold, turn, idle, silent = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local answered, slow = tonumber(ARGV[5]), tonumber(ARGV[6])
local known = ARGV[7] ~= '' and cjson.decode(ARGV[7])
local step = ARGV[8] ~= '' and cjson.decode(ARGV[8])
local may_create = ARGV[9] == '1'
local KEEP_MS, EXPIRED_AT_ONCE, PROLONGED_AT_ONCE = 30 * 86400000, 1000, 10000
-- Turns are noted this often at most: a turn may last so much longer.
local NOTE_MS = 1000

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local epoch = redis.call('HGET', room_key, 'epoch')
if not epoch and not known and not may_create then return {} end
-- Epochs only grow: a store, or an edge, that does not know of a reset has lost the room.
local is_lost = not epoch or (known and known.epoch > tonumber(epoch))
local is_restored = is_lost and known
if is_lost then
  redis.call('UNLINK', unpack(KEYS))
  -- A time, so that a room that is made again never takes the tickets of its former life.
  epoch = known and tostring(known.epoch) or time[1]
  redis.call('HSET', room_key, 'epoch', epoch, 'issued', 0, 'steppedAtMs', known and now or 0)
end
if known and tostring(known.epoch) == epoch then
  -- A store that lost the room, or came back with older data, goes on from what edges remember: no index is given out twice, no draw is
  -- held twice. Until all edges have said what they know, nobody joins (join.lua).
  if known.issued > tonumber(redis.call('HGET', room_key, 'issued')) then
    is_restored = true
    local called = math.min(known.serving, known.issued)
    local serving = math.max(called, tonumber(redis.call('HGET', room_key, 'serving')) or 0)
    redis.call('HSET', room_key, 'issued', known.issued, 'serving', serving, 'reached', math.min(serving, known.issued))
    redis.call('HSET', room_key, 'settled', math.max(called, tonumber(redis.call('HGET', room_key, 'settled')) or 0))
  end
  if is_restored then redis.call('HSET', room_key, 'restoredAtMs', now, 'restoredVisits', known.activeVisits) end
  for _, field in ipairs({ 'commitment', 'drawn', 'seed', 'paused', 'mode', 'perMinute', 'capacity' }) do
    local is_drawn = field == 'commitment' or field == 'drawn' or field == 'seed'
    if known[field] ~= cjson.null and (is_restored or is_drawn) then redis.call('HSETNX', room_key, field, known[field]) end
  end
end
if answered > 0 then redis.call('HINCRBY', room_key, 'answered', answered) end
if slow > 0 then redis.call('HINCRBY', room_key, 'slow', slow) end

if silent > 0 then
  -- The edge has renewed passes by itself, and it keeps no list: all that were live when the silence began still are.
  local inside = redis.call('ZRANGEBYSCORE', passes_key, now - silent, '+inf', 'LIMIT', 0, PROLONGED_AT_ONCE)
  for _, visitor in ipairs(inside) do redis.call('ZADD', passes_key, 'GT', now + idle, visitor) end
end
local expired = redis.call('ZRANGEBYSCORE', passes_key, '-inf', now, 'LIMIT', 0, EXPIRED_AT_ONCE)
for _, visitor in ipairs(expired) do
  redis.call('HINCRBY', room_key, 'ended', 1)
  redis.call('HDEL', visits_key, visitor)
  redis.call('ZREM', passes_key, visitor)
end

if step and tonumber(redis.call('HGET', room_key, 'steppedAtMs')) == step.steppedAtMs then
  redis.call('HSET', room_key, 'steppedAtMs', now, 'serving', step.serving, 'reached', step.reached, 'settled', step.settled,
    'lapsed', step.lapsed, 'showRate', step.showRate, 'window', step.window, 'judgedAtMs', step.judgedAtMs, 'visitMs', step.visitMs,
    'exits', step.exits, 'limit', step.limit)
  redis.call('HINCRBYFLOAT', room_key, 'tokens', step.addTokens)
  redis.call('HINCRBY', room_key, 'answered', 0 - step.counted.answered)
  redis.call('HINCRBY', room_key, 'slow', 0 - step.counted.slow)
  redis.call('HINCRBY', room_key, 'ended', 0 - step.counted.ended)
  if step.commitment ~= cjson.null and redis.call('HGET', room_key, 'issued') == '0' then redis.call('HSETNX', room_key, 'commitment', step.commitment) end
  if step.seed ~= cjson.null then
    redis.call('HSET', room_key, 'drawn', step.seed == '' and 0 or redis.call('HGET', room_key, 'issued'), 'seed', step.seed)
  end
  if step.prolongMs > 0 then
    for _, key in ipairs({ turns_key, deferred_key }) do
      local open = redis.call('ZRANGEBYSCORE', key, key == deferred_key and now - step.prolongMs or '-inf', '+inf', 'WITHSCORES', 'LIMIT', 0, PROLONGED_AT_ONCE)
      for i = 1, #open, 2 do
        redis.call('ZINCRBY', key, key == deferred_key and step.prolongMs or math.min(step.prolongMs, now - open[i + 1]), open[i])
      end
    end
  end
  local last = redis.call('ZREVRANGE', turns_key, 0, 0, 'WITHSCORES')
  if step.reached > (tonumber(last[1]) or step.settled) and now - (tonumber(last[2]) or 0) >= NOTE_MS then
    redis.call('ZADD', turns_key, now, step.reached)
  end
  -- A minute later than they end, so that a step that was decided a moment ago still finds them.
  redis.call('ZREMRANGEBYSCORE', turns_key, '-inf', now - turn - 60000)
  redis.call('ZREMRANGEBYSCORE', deferred_key, '-inf', now)
  for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, KEEP_MS) end
end

local reply = redis.call('HGETALL', room_key)
local room = redis.call('HMGET', room_key, 'issued', 'serving', 'settled', 'lapsed')
local settled = tonumber(room[3]) or 0
local called = math.min(tonumber(room[2]) or 0, tonumber(room[1]))
local function reached_by(at)
  return tonumber(redis.call('ZREVRANGEBYSCORE', turns_key, at, '-inf', 'LIMIT', 0, 1)[1]) or 0
end
local function taken(from, to)
  if to <= from then return 0 end
  return redis.call('BITCOUNT', claimed_key, from, to - 1, 'BIT')
end
local settle_to = math.max(settled, reached_by(now - hold))
local figures = { nowMs = now, activeVisits = redis.call('ZCOUNT', passes_key, '(' .. now, '+inf'),
  deferred = redis.call('ZCOUNT', deferred_key, '(' .. now, '+inf'), settleTo = settle_to,
  lapseTo = math.max(tonumber(room[4]) or 0, reached_by(now - turn)),
  settledShows = taken(settled, settle_to), freshShows = taken(settle_to, called) }
for name, figure in pairs(figures) do
  reply[#reply + 1] = name
  reply[#reply + 1] = figure
end
return reply
