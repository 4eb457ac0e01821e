-- Ends a visit, and gives up a place: its turn counts as taken, so that nobody waits for it.
--
-- KEYS[1] room     HASH    see keys.ts
-- KEYS[2] passes   ZSET    visitor inside -> end of the pass unless it is used, epoch ms
-- KEYS[3] stays    HASH    visitor inside -> when the pass was given, epoch ms, and the key that it was given for
-- KEYS[4] claimed  STRING  bitmap: the turn of this place was taken, or given up
-- KEYS[5] door     ZSET    place whose turn came while the room was full -> until when it is kept, epoch ms
-- ARGV[1] epoch    of the ticket or the pass
-- ARGV[2] visitor
-- ARGV[3] place    '' to end the visit only
--
-- Returns 1, or 0 when the room has another epoch.

local room_key, passes_key, stays_key, claimed_key, door_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local visitor, place = ARGV[2], ARGV[3]

if redis.call('HGET', room_key, 'epoch') ~= ARGV[1] then return 0 end
if redis.call('ZREM', passes_key, visitor) == 1 then
  redis.call('HINCRBY', room_key, 'ended', 1)
  redis.call('HDEL', stays_key, visitor)
end
if place ~= '' then
  redis.call('SETBIT', claimed_key, place, 1)
  redis.call('ZREM', door_key, place)
end
return 1
