-- Reads a room; first creates or restores it if this store lost it, and applies the caller's step if no other edge has stepped since. Any
-- number of edges may call it; edge/waiting-room/admission.ts decides the step from an earlier reply.
--
-- KEYS[1] room      HASH    see keys.ts
-- KEYS[2] passes    ZSET    visitor with an active visit -> when the pass ends unless it is used, epoch ms
-- KEYS[3] visits    HASH    visitor with an active visit -> when the pass was given (epoch ms), whether it was extended, and its key
-- KEYS[4] claimed   STRING  bitmap of positions: the turn was claimed or given up
-- KEYS[5] turns     ZSET    serving number -> when it was reached, epoch ms
-- KEYS[6] deferred  ZSET    position that was called while the room was full -> until when its turn is kept, epoch ms
-- KEYS[7] gone      STRING  bitmap of indexes: the queue ticket was given up
-- KEYS[8] left      STRING  bitmap of positions: given up before the turn was claimed
-- KEYS[9] history   LIST    samples of the last hour, newest first
-- ARGV[1] hold      how long capacity is reserved at most for a visitor who was called, ms
-- ARGV[2] turn      how long after its call a turn lapses, second chance included, ms
-- ARGV[3] idle      life of a pass that is not used, ms
-- ARGV[4] silent    how long this edge could not reach the store, ms; 0 if it could
-- ARGV[5] answered  number of upstream responses at this edge since its last call
-- ARGV[6] slow      how many of those were slow or failed
-- ARGV[7] known     JSON of KnownRoom (room.ts): what the edge remembers of the room; '' for nothing
-- ARGV[8] step      JSON of Step (room-state.ts); '' for none
-- ARGV[9] create    1: create the room if it does not exist
-- ARGV[10] plan     JSON of RoomSettings: those of this edge's environment, if the room has others; '' for no change
--
-- Returns the fields of RoomState (room-state.ts) as name, value, ...; an empty array when the room does not exist.

local room_key, passes_key, visits_key, claimed_key, turns_key, deferred_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local gone_key, left_key, history_key = KEYS[7], KEYS[8], KEYS[9]
local hold, turn, idle, silent = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local answered, slow = tonumber(ARGV[5]), tonumber(ARGV[6])
local known = ARGV[7] ~= '' and cjson.decode(ARGV[7])
local step = ARGV[8] ~= '' and cjson.decode(ARGV[8])
local may_create, plan = ARGV[9] == '1', ARGV[10]

local KEEP_MS = 30 * 86400000
-- Limits on the work of one call.
local MAX_EXPIRED, MAX_PROLONGED, MAX_THINNED, MAX_DEFERRED, MAX_RUNS = 1000, 10000, 3, 1000, 100
-- What operators set (operate.lua), and the greatest epoch of a reset that they have undone (undo-reset.lua).
local OPERATED = { 'paused', 'mode', 'perMinute', 'capacity', 'settings', 'revision' }
local HISTORY_MS, MAX_HISTORY = 10000, 360
-- Turns older than `hold` are thinned to one record in this time; so a turn may last up to this much longer.
local TURN_RESOLUTION_MS = 1000
-- Old turns are kept this much longer, so that steps that were decided earlier still find them.
local TURN_GRACE_MS = 60000

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function room_number(field)
  return tonumber(redis.call('HGET', room_key, field)) or 0
end

-- Creates the room if the store does not have it, or has an older epoch of it. Returns its epoch, and whether the edge remembers a room
-- that the store has lost. Epochs only grow: if the edge remembers a greater one, the store has lost a reset.
local function ensure_room(epoch)
  local is_newer = epoch and known and known.epoch > tonumber(epoch) and known.epoch > room_number('undone')
  if epoch and not is_newer then return epoch, false end
  -- Operators may set up a room before its first visitor.
  local operated = redis.call('HMGET', room_key, unpack(OPERATED))
  redis.call('UNLINK', unpack(KEYS))
  for i, field in ipairs(OPERATED) do
    if operated[i] then redis.call('HSET', room_key, field, operated[i]) end
  end
  -- The epoch of a new room is a time, so that a room that is created again never accepts queue tickets of its earlier life.
  local new_epoch = known and tostring(known.epoch) or time[1]
  redis.call('HSET', room_key, 'epoch', new_epoch, 'issued', 0, 'steppedAtMs', known and now or 0)
  return new_epoch, known
end

-- Restores what the edge remembers if the store has lost the room or has older data, so that no index is issued twice and no draw is
-- held twice. For a second after a restore visitors cannot join (join.lua), so that every edge can report what it remembers.
local function restore_from_edge(is_restored)
  if known.issued > tonumber(redis.call('HGET', room_key, 'issued')) then
    is_restored = true
    local called = math.min(known.serving, known.issued)
    local serving = math.max(called, room_number('serving'))
    redis.call('HSET', room_key, 'issued', known.issued, 'serving', serving, 'reached', math.min(serving, known.issued),
      'settled', math.max(called, room_number('settled')))
  end
  if is_restored then redis.call('HSET', room_key, 'restoredAtMs', now, 'restoredVisits', known.activeVisits) end

  local function restore_field(field)
    if known[field] and known[field] ~= cjson.null then redis.call('HSETNX', room_key, field, known[field]) end
  end
  for _, field in ipairs({ 'commitment', 'drawn', 'seed' }) do restore_field(field) end
  if (known.revision or 0) > room_number('revision') then
    for _, field in ipairs(OPERATED) do redis.call('HDEL', room_key, field) end
    is_restored = true
  end
  if is_restored and (known.revision or 0) >= room_number('revision') then
    for _, field in ipairs(OPERATED) do restore_field(field) end
  end
end

local function count_responses()
  if answered > 0 then redis.call('HINCRBY', room_key, 'answered', answered) end
  if slow > 0 then redis.call('HINCRBY', room_key, 'slow', slow) end
end

-- An edge that could not reach the store has renewed passes without recording them, so every pass that was valid when the silence began is
-- still valid.
local function renew_passes_after_silence()
  if silent <= 0 then return end
  local visitors = redis.call('ZRANGEBYSCORE', passes_key, now - silent, '+inf', 'LIMIT', 0, MAX_PROLONGED)
  for _, visitor in ipairs(visitors) do redis.call('ZADD', passes_key, 'GT', now + idle, visitor) end
end

local function end_expired_visits()
  local visitors = redis.call('ZRANGEBYSCORE', passes_key, '-inf', now, 'LIMIT', 0, MAX_EXPIRED)
  for _, visitor in ipairs(visitors) do
    redis.call('HINCRBY', room_key, 'ended', 1)
    redis.call('HDEL', visits_key, visitor)
    redis.call('ZREM', passes_key, visitor)
  end
end

local function count_bits(key, from, to)
  if to <= from then return 0 end
  return redis.call('BITCOUNT', key, from, to - 1, 'BIT')
end

-- Moves the serving number on by the positions that were given up, so that the step calls as many visitors as it has decided: fewer if
-- there are more than MAX_RUNS runs of such positions, and then the next step continues.
local function pass_over_left(from, to)
  for _ = 1, MAX_RUNS do
    local left = count_bits(left_key, from, to)
    if left == 0 then return to end
    local kept = redis.call('BITPOS', left_key, 0, to, -1, 'BIT')
    from = kept >= 0 and kept or math.max(to, redis.call('STRLEN', left_key) * 8)
    to = from + left
  end
  return from
end

-- Counts the turns of a range of positions, and how many of them were claimed. Those that were given up are neither.
local function count_turns(from, to)
  local left = count_bits(left_key, from, to)
  return math.max(0, to - from - left), count_bits(claimed_key, from, to) - left
end

-- Counters are decreased by what the step has counted, so that responses and visits reported since then are kept.
local function write_step_fields()
  local lapsed = room_number('lapsed')
  if step.lapsed > lapsed then
    local turns, shows = count_turns(lapsed, step.lapsed)
    redis.call('HINCRBY', room_key, 'missed', math.max(0, turns - shows))
  end
  redis.call('HSET', room_key, 'steppedAtMs', now, 'serving', step.serving, 'reached', step.reached, 'settled', step.settled,
    'lapsed', step.lapsed, 'showRate', step.showRate, 'showTurns', step.showTurns,
    'delayMs', step.delayMs, 'holdMs', step.holdMs, 'window', step.window, 'judgedAtMs', step.judgedAtMs,
    'visitMs', step.visitMs, 'exits', step.exits, 'limit', step.limit)
  redis.call('HINCRBYFLOAT', room_key, 'tokens', step.addTokens)
  for field, count in pairs(step.counted) do redis.call('HINCRBY', room_key, field, 0 - count) end
end

-- A commitment counts only if it was published before the first visitor joined. The draw covers all queue tickets issued by now; an empty
-- seed means that no draw is held.
local function write_draw()
  local issued = redis.call('HGET', room_key, 'issued')
  if step.commitment ~= cjson.null and issued == '0' then redis.call('HSETNX', room_key, 'commitment', step.commitment) end
  if step.seed ~= cjson.null then
    redis.call('HSET', room_key, 'drawn', step.seed == '' and 0 or issued, 'seed', step.seed,
      'goneAtDraw', redis.call('BITCOUNT', gone_key))
  end
end

-- Prolongs open turns after a time in which they could not be claimed. No turn starts in the future.
local function prolong_turns()
  if step.prolongMs <= 0 then return end
  local turns = redis.call('ZRANGEBYSCORE', turns_key, '-inf', '+inf', 'WITHSCORES', 'LIMIT', 0, MAX_PROLONGED)
  for i = 1, #turns, 2 do
    redis.call('ZINCRBY', turns_key, math.min(step.prolongMs, now - turns[i + 1]), turns[i])
  end
  local deferred = redis.call('ZRANGEBYSCORE', deferred_key, now - step.prolongMs, '+inf', 'LIMIT', 0, MAX_PROLONGED)
  for _, position in ipairs(deferred) do redis.call('ZINCRBY', deferred_key, step.prolongMs, position) end
end

local function record_turn()
  local last_reached = tonumber(redis.call('ZREVRANGE', turns_key, 0, 0)[1]) or step.settled
  local called = math.min(step.serving, room_number('issued'))
  if called > last_reached then redis.call('ZADD', turns_key, now, called) end
end

-- The delay between call and claim is measured with the exact times of recent turns. Of older ones, one record in a while is enough.
local function thin_old_turns()
  local old = redis.call('ZREVRANGEBYSCORE', turns_key, now - hold, '-inf', 'WITHSCORES', 'LIMIT', 0, MAX_THINNED)
  local kept_at = old[#old]
  for i = #old - 3, 1, -2 do
    if old[i + 1] - kept_at < TURN_RESOLUTION_MS then redis.call('ZREM', turns_key, old[i]) else kept_at = old[i + 1] end
  end
end

local function remove_old_turns()
  redis.call('ZREMRANGEBYSCORE', turns_key, '-inf', now - turn - TURN_GRACE_MS)
  redis.call('ZREMRANGEBYSCORE', deferred_key, '-inf', now)
end

-- Keeps a sample of the queue every ten seconds, for operators.
local function record_history()
  local last = string.match(redis.call('LINDEX', history_key, 0) or '', '^%d+')
  if last and now - last < HISTORY_MS then return end
  local counts = redis.call('HMGET', room_key, 'issued', 'serving', 'claims')
  redis.call('LPUSH', history_key, string.format('%.0f %s %s %s', now, counts[1], counts[2] or 0, counts[3] or 0))
  redis.call('LTRIM', history_key, 0, MAX_HISTORY - 1)
end

local function apply_step()
  if not step or tonumber(redis.call('HGET', room_key, 'steppedAtMs')) ~= step.steppedAtMs then return end
  step.serving = pass_over_left(step.reached, step.serving)
  write_step_fields()
  write_draw()
  prolong_turns()
  record_turn()
  thin_old_turns()
  remove_old_turns()
  record_history()
  for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, KEEP_MS) end
end

local function reached_by(at)
  return tonumber(redis.call('ZREVRANGEBYSCORE', turns_key, at, '-inf', 'LIMIT', 0, 1)[1]) or 0
end

-- Counts the visitors who gave up before they were called. Before the draw they have no position, only an index; the draw gives positions
-- to all, also to the `goneAtDraw` who had left by then.
local function count_gone(called)
  local draw = redis.call('HMGET', room_key, 'commitment', 'drawn')
  if draw[1] and not draw[2] then return redis.call('BITCOUNT', gone_key) end
  return count_bits(claimed_key, called, room_number('issued'))
end

-- Counts the deferred claims in both ranges of positions: those visitors have come, although they have no pass yet.
local function count_deferred(settled, settle_to)
  local before, after = 0, 0
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', deferred_key, '(' .. now, '+inf', 'LIMIT', 0, MAX_DEFERRED)) do
    local position = tonumber(member)
    if position >= settle_to then after = after + 1 elseif position >= settled then before = before + 1 end
  end
  return before, after
end

local function describe_room()
  local reply = redis.call('HGETALL', room_key)
  local settled = room_number('settled')
  local room_hold = tonumber(redis.call('HGET', room_key, 'holdMs')) or hold
  local settle_to = math.max(settled, reached_by(now - room_hold))
  local deferred_before, deferred_after = count_deferred(settled, settle_to)
  local called = math.min(room_number('serving'), room_number('issued'))
  local settled_turns, settled_shows = count_turns(settled, settle_to)
  local fresh_turns, fresh_shows = count_turns(settle_to, called)
  local figures = {
    nowMs = now,
    activeVisits = redis.call('ZCOUNT', passes_key, '(' .. now, '+inf'),
    deferred = redis.call('ZCOUNT', deferred_key, '(' .. now, '+inf'),
    settleTo = settle_to,
    lapseTo = math.max(room_number('lapsed'), reached_by(now - turn)),
    newTurns = count_turns(room_number('reached'), called),
    settledTurns = settled_turns,
    settledShows = settled_shows + deferred_before,
    freshTurns = fresh_turns,
    freshShows = fresh_shows + deferred_after,
    goneWaiting = count_gone(called),
  }
  for name, figure in pairs(figures) do
    reply[#reply + 1] = name
    reply[#reply + 1] = figure
  end
  return reply
end

local stored_epoch = redis.call('HGET', room_key, 'epoch')
if not stored_epoch and not known and not may_create then return {} end
local epoch, is_restored = ensure_room(stored_epoch)
if known and tostring(known.epoch) == epoch then restore_from_edge(is_restored) end
if plan ~= '' then redis.call('HSET', room_key, 'plan', plan) end
count_responses()
renew_passes_after_silence()
end_expired_visits()
apply_step()
return describe_room()
