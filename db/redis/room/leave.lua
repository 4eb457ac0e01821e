-- Gives up a position: its turn counts as taken, so that nobody waits for it, and a visit of its visitor ends.
--
-- KEYS[1] room     HASH    see keys.ts
-- KEYS[2] passes   ZSET    visitor inside -> end of the pass unless it is used, epoch ms
-- KEYS[3] visits   HASH    visitor inside -> when the pass was given, epoch ms, and the key that it was given for
-- KEYS[4] claimed  STRING  bitmap: the turn of this position was taken, or given up
-- KEYS[5] deferred ZSET    position whose turn came while the room was full -> until when it is kept, epoch ms
-- KEYS[6] gone     STRING  bitmap: the ticket of this index was given up before the draw
-- KEYS[7] accounts HASH    epoch:account -> index, in rooms that ask for a login
-- ARGV[1] epoch    of the ticket
-- ARGV[2] visitor
-- ARGV[3] index    of the ticket
-- ARGV[4] position    as the edge knows it
-- ARGV[5] drawn    as the edge knows it, '' for not yet
-- ARGV[6] account  whose ticket it is, ''
-- ARGV[7] gone     1: only if the visitor is not inside
--
-- Returns 1, or 0 when the room has another epoch, or the visitor is inside and should not be.

local room_key, passes_key, visits_key, claimed_key, deferred_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local gone_key, accounts_key = KEYS[6], KEYS[7]
local epoch, visitor, index, position, drawn, account = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]

local room = redis.call('HMGET', room_key, 'epoch', 'commitment', 'drawn')
if room[1] ~= epoch then return 0 end
if ARGV[7] == '1' and redis.call('ZSCORE', passes_key, visitor) then return 0 end
if redis.call('ZREM', passes_key, visitor) == 1 then
  redis.call('HINCRBY', room_key, 'ended', 1)
  redis.call('HDEL', visits_key, visitor)
end
redis.call('SETBIT', gone_key, index, 1)
-- Before the draw, or at an edge that has not heard of it, the position is not the ticket's.
if (room[3] or '') == drawn and (not room[2] or room[3]) then
  redis.call('SETBIT', claimed_key, position, 1)
  redis.call('ZREM', deferred_key, position)
end
if account ~= '' and redis.call('HGET', accounts_key, epoch .. ':' .. account) == index then
  redis.call('HDEL', accounts_key, epoch .. ':' .. account)
end
return 1
