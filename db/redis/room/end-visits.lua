-- Ends visits, which frees capacity for the next visitors.
--
-- KEYS[1] room    HASH  see keys.ts
-- KEYS[2] passes  ZSET  visitor with an active visit -> when the pass ends unless it is used, epoch ms
-- KEYS[3] visits  HASH  visitor with an active visit -> when the pass was given (epoch ms), and the key that it was given for
-- ARGV[1] epoch   of the passes
-- ARGV[2..]       visitors, at least one
--
-- Returns the number of visits ended; 0 when the room has another epoch.

local room_key, passes_key, visits_key = KEYS[1], KEYS[2], KEYS[3]

if redis.call('HGET', room_key, 'epoch') ~= ARGV[1] then return 0 end
local ended = redis.call('ZREM', passes_key, unpack(ARGV, 2))
if ended > 0 then
  redis.call('HINCRBY', room_key, 'ended', ended)
  redis.call('HDEL', visits_key, unpack(ARGV, 2))
end
return ended
