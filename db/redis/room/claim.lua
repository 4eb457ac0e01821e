-- Exchanges the turn of a position for a pass, and renews a pass that is in use.
--
-- KEYS[1] room     HASH    see keys.ts
-- KEYS[2] passes   ZSET    visitor inside -> end of the pass unless it is used, epoch ms
-- KEYS[3] visits   HASH    visitor inside -> when the pass was given, epoch ms, and the key that it was given for
-- KEYS[4] claimed  STRING  bitmap: the turn of this position was taken, or given up
-- KEYS[5] deferred ZSET    position whose turn came while the room was full -> until when it is kept, epoch ms
-- KEYS[6] gone     STRING  bitmap: the ticket of this index was given up before the draw
-- ARGV[1] pass     longest life of a pass, ms
-- ARGV[2] idle     life of a pass that is not used, ms
-- ARGV[3] turn     ms in which a turn must be claimed
-- ARGV[4..]        six for each that asks:
--   epoch    of the ticket
--   visitor  of the ticket; names the pass
--   position    '' to renew only
--   index    of the ticket, '' to renew only
--   until    longest end of the pass to renew, epoch ms; '' to claim
--   key      names the one who asks: the same key gets the same pass again; '' for nobody
--
-- Returns for each, in their order, tagged:
--   claimed, end (epoch ms), since (epoch ms)   also for a pass to renew, and to the same key again
--   void                                        another epoch
--   used                                        the pass was given to somebody else, or has ended
--   waiting, serving                            not called yet
--   deferred                                      called, and the room is full: goes in next, if asking again
--   missed                                      called, and did not come, nor in the time of the second chance

local room_key, passes_key, visits_key, claimed_key, deferred_key, gone_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local pass, idle, turn = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local room = redis.call('HMGET', room_key, 'epoch', 'serving', 'settled', 'lapsed', 'limit', 'restoredAtMs', 'restoredVisits')
local epoch, serving, settled, lapsed = room[1], tonumber(room[2]) or 0, tonumber(room[3]) or 0, tonumber(room[4]) or 0
local limit, restored_at, restored_visits = tonumber(room[5]) or 0, tonumber(room[6]) or 0, tonumber(room[7]) or 0

local function admit(visitor, ends, since, key)
  redis.call('ZADD', passes_key, ends, visitor)
  redis.call('HSET', visits_key, visitor, since .. ' ' .. key)
  return { 'claimed', ends, since }
end

local function is_full()
  local inside = redis.call('ZCOUNT', passes_key, '(' .. now, '+inf')
  if now < restored_at + idle then inside = math.max(inside, restored_visits) end
  return inside >= limit
end

local function claim(visitor, position, index, until_ms, key)
  local ends = tonumber(redis.call('ZSCORE', passes_key, visitor))
  if ends and ends > now then
    local since, given_for = string.match(redis.call('HGET', visits_key, visitor) or '', '^(%d+) ?(.*)$')
    if since and (not position or (key ~= '' and key == given_for)) then
      ends = math.min(now + idle, tonumber(since) + pass)
      redis.call('ZADD', passes_key, ends, visitor)
      return { 'claimed', ends, tonumber(since) }
    end
  end
  if not position then
    -- The store has lost who was inside: a pass that is signed for now is proof enough.
    if not until_ms or until_ms < now or until_ms - pass > restored_at or restored_at == 0 then return { 'used' } end
    return admit(visitor, math.min(now + idle, until_ms), until_ms - pass, '')
  end
  if redis.call('GETBIT', claimed_key, position) == 1 or redis.call('GETBIT', gone_key, index) == 1 then return { 'used' } end
  if position >= serving then return { 'waiting', serving } end

  -- Whoever asked in time and found the room full keeps the turn by going on asking.
  if position < lapsed and (tonumber(redis.call('ZSCORE', deferred_key, position)) or 0) < now then return { 'missed' } end
  if is_full() then
    redis.call('ZADD', deferred_key, now + turn, position)
    return { 'deferred' }
  end

  -- Those who come in time were counted when they were called.
  if position < settled then redis.call('HINCRBYFLOAT', room_key, 'tokens', -1) end
  redis.call('SETBIT', claimed_key, position, 1)
  redis.call('ZREM', deferred_key, position)
  return admit(visitor, now + math.min(idle, pass), now, key)
end

local replies = {}
for i = 4, #ARGV, 6 do
  replies[#replies + 1] = ARGV[i] ~= epoch and { 'void' }
    or claim(ARGV[i + 1], tonumber(ARGV[i + 2]), tonumber(ARGV[i + 3]), tonumber(ARGV[i + 4]), ARGV[i + 5])
end
return replies
