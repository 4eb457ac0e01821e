-- Ends visits, which frees capacity for the next visitors. Their accounts may join again.
--
-- KEYS[1] room      HASH    see keys.ts
-- KEYS[2] passes    ZSET    visitor with an active visit -> when the pass ends unless it is used, epoch ms
-- KEYS[3] visits    HASH    visitor with an active visit -> when the pass was given (epoch ms), whether it was extended, and its key
-- KEYS[4] gone      STRING  bitmap of indexes: the queue ticket was given up, or the visit of its account has ended
-- ARGV[1] epoch   of the passes
-- ARGV[2..]       visitors, at least one; that of an account is account.epoch.index
--
-- Returns the number of visits ended; 0 when the room has another epoch.

local room_key, passes_key, visits_key, gone_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local epoch = ARGV[1]

if redis.call('HGET', room_key, 'epoch') ~= epoch then return 0 end
local ended = redis.call('ZREM', passes_key, unpack(ARGV, 2))
if ended > 0 then
  redis.call('HINCRBY', room_key, 'ended', ended)
  redis.call('HDEL', visits_key, unpack(ARGV, 2))
end
for i = 2, #ARGV do
  local index = string.match(ARGV[i], '^u%d+%.%d+%.(%d+)$')
  if index then redis.call('SETBIT', gone_key, index, 1) end
end
return ended
