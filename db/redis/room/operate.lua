-- Writes what operators have set for a room. Edges read it with their next tick. A room that does not exist yet keeps it until its first
-- visitor.
--
-- KEYS[1] room      HASH  see keys.ts
-- ARGV[1] revision  grows with each change of the settings
-- ARGV[2..]         name, value, ... of the settings; '' for none
--
-- Returns 1, or 0 when the room has this revision or a later one.

local room_key, revision = KEYS[1], tonumber(ARGV[1])
local KEEP_MS = 30 * 86400000

if (tonumber(redis.call('HGET', room_key, 'revision')) or 0) >= revision then return 0 end
for i = 2, #ARGV, 2 do
  if ARGV[i + 1] == '' then redis.call('HDEL', room_key, ARGV[i]) else redis.call('HSET', room_key, ARGV[i], ARGV[i + 1]) end
end
redis.call('HSET', room_key, 'revision', ARGV[1])
redis.call('PEXPIRE', room_key, KEEP_MS)
return 1
