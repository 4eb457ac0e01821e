-- Gives out the next tickets of a room.
--
-- KEYS[1] room  HASH  see keys.ts
-- ARGV[1] count  how many tickets
--
-- Returns, tagged: joined, epoch, first index | no_room (nobody has ticked it yet)

local epoch = redis.call('HGET', KEYS[1], 'epoch')
if not epoch then return { 'no_room' } end
local issued = redis.call('HINCRBY', KEYS[1], 'issued', ARGV[1])
return { 'joined', tonumber(epoch), issued - tonumber(ARGV[1]) }
