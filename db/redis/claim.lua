-- Exchanges the turn of a place for a pass, and renews a pass that is in use.
--
-- KEYS[1] room     HASH    see keys.ts
-- KEYS[2] passes   ZSET    visitor inside -> end of the pass unless it is used, epoch ms
-- KEYS[3] stays    HASH    visitor inside -> when the pass was given, epoch ms, and the key that it was given for
-- KEYS[4] claimed  STRING  bitmap: the turn of this place was taken, or given up
-- KEYS[5] door     ZSET    place whose turn came while the room was full -> until when it is kept, epoch ms
-- KEYS[6] gone     STRING  bitmap: the ticket of this index was given up before the draw
-- ARGV[1] epoch    of the ticket
-- ARGV[2] visitor  of the ticket; names the pass
-- ARGV[3] place    '' to renew only
-- ARGV[4] pass     longest life of a pass, ms
-- ARGV[5] idle     life of a pass that is not used, ms
-- ARGV[6] turn     ms in which a turn must be claimed
-- ARGV[7] index    of the ticket, '' to renew only
-- ARGV[8] until     longest end of the pass to renew, epoch ms; '' to claim
-- ARGV[9] key      names the one who asks: the same key gets the same pass again; '' for nobody
--
-- Returns, tagged:
--   claimed, end (epoch ms), since (epoch ms)   also for a pass to renew, and to the same key again
--   void                                        another epoch
--   used                                        the pass was given to somebody else, or has ended
--   waiting, serving                            not called yet
--   door                                        called, and the room is full: goes in next, if asking again
--   missed                                      called, and did not come, nor in the time of the second chance

local room_key, passes_key, stays_key, claimed_key, door_key, gone_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local visitor, place, index = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[7])
local pass, idle, turn, until_ms, key = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[8]), ARGV[9]

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local room = redis.call('HMGET', room_key, 'epoch', 'serving', 'settled', 'forfeited', 'limit', 'restoredAtMs', 'restoredInside')
if room[1] ~= ARGV[1] then return { 'void' } end

local ends = tonumber(redis.call('ZSCORE', passes_key, visitor))
local since, given_for = string.match(redis.call('HGET', stays_key, visitor) or '', '^(%d+) ?(.*)$')
if ends and since and ends > now and (not place or (key ~= '' and key == given_for)) then
  since = tonumber(since)
  ends = math.min(now + idle, since + pass)
  redis.call('ZADD', passes_key, ends, visitor)
  return { 'claimed', ends, since }
end
local restored_at = tonumber(room[6]) or 0
if not place then
  -- The store has lost who was inside: a pass that is signed for now is proof enough.
  if not until_ms or until_ms < now or until_ms - pass > restored_at or restored_at == 0 then return { 'used' } end
  ends = math.min(now + idle, until_ms)
  redis.call('ZADD', passes_key, ends, visitor)
  redis.call('HSET', stays_key, visitor, (until_ms - pass) .. ' ')
  return { 'claimed', ends, until_ms - pass }
end
if redis.call('GETBIT', claimed_key, place) == 1 or redis.call('GETBIT', gone_key, index) == 1 then return { 'used' } end
if place >= (tonumber(room[2]) or 0) then return { 'waiting', tonumber(room[2]) or 0 } end

-- Whoever asked in time and found the room full keeps the turn by going on asking.
local kept = tonumber(redis.call('ZSCORE', door_key, place)) or 0
if place < (tonumber(room[4]) or 0) and kept < now then return { 'missed' } end
local inside = redis.call('ZCOUNT', passes_key, '(' .. now, '+inf')
if now < restored_at + idle then inside = math.max(inside, tonumber(room[7]) or 0) end
if inside >= (tonumber(room[5]) or 0) then
  redis.call('ZADD', door_key, now + turn, place)
  return { 'door' }
end

-- Those who come in time were counted when they were called.
if place < (tonumber(room[3]) or 0) then redis.call('HINCRBYFLOAT', room_key, 'tokens', -1) end
ends = now + math.min(idle, pass)
redis.call('SETBIT', claimed_key, place, 1)
redis.call('ZREM', door_key, place)
redis.call('ZADD', passes_key, ends, visitor)
redis.call('HSET', stays_key, visitor, now .. ' ' .. key)
return { 'claimed', ends, now }
