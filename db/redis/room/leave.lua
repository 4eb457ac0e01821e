-- Gives up a position: its turn counts as claimed, so that it reserves no capacity, and an active visit of its visitor ends. Its account
-- may join again.
--
-- KEYS[1] room      HASH    see keys.ts
-- KEYS[2] passes    ZSET    visitor with an active visit -> when the pass ends unless it is used, epoch ms
-- KEYS[3] visits    HASH    visitor with an active visit -> when the pass was given (epoch ms), whether it was extended, and its key
-- KEYS[4] claimed   STRING  bitmap of positions: the turn was claimed or given up
-- KEYS[5] deferred  ZSET    position that was called while the room was full -> until when its turn is kept, epoch ms
-- KEYS[6] gone      STRING  bitmap of indexes: the queue ticket was given up
-- KEYS[7] left      STRING  bitmap of positions: given up before the turn was claimed
-- ARGV[1] epoch     of the queue ticket
-- ARGV[2] visitor
-- ARGV[3] index     of the queue ticket
-- ARGV[4] position  as the edge computes it
-- ARGV[5] drawn     as the edge has seen it; '' before the draw
-- ARGV[6] only if gone   1: change nothing while the visitor has an active visit
--
-- Returns 1, or 0 when the room has another epoch, or when ARGV[6] is 1 and the visitor has an active visit.

local room_key, passes_key, visits_key, claimed_key, deferred_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local gone_key, left_key = KEYS[6], KEYS[7]
local epoch, visitor, index, position, known_drawn = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local only_if_gone = ARGV[6] == '1'

local room = redis.call('HMGET', room_key, 'epoch', 'commitment', 'drawn', 'settled', 'reached')
local commitment, drawn, settled, reached = room[2], room[3], tonumber(room[4]) or 0, tonumber(room[5]) or 0
if room[1] ~= epoch then return 0 end
if only_if_gone and redis.call('ZSCORE', passes_key, visitor) then return 0 end

if redis.call('ZREM', passes_key, visitor) == 1 then
  redis.call('HINCRBY', room_key, 'ended', 1)
  redis.call('HDEL', visits_key, visitor)
end

redis.call('SETBIT', gone_key, index, 1)
-- A turn that was not claimed counts neither as a visitor nor as a no-show, unless it counted as a no-show before. The next step returns
-- what it cost if it was called.
local function count_as_left()
  if tonumber(position) < settled then return end
  redis.call('SETBIT', left_key, position, 1)
  if tonumber(position) < reached then redis.call('HINCRBY', room_key, 'leftCalled', 1) end
end

-- Before the draw, or at an edge that has not seen the draw yet, the position belongs to another queue ticket.
local is_before_draw = commitment and not drawn
if not is_before_draw and (drawn or '') == known_drawn then
  if redis.call('SETBIT', claimed_key, position, 1) == 0 then count_as_left() end
  redis.call('ZREM', deferred_key, position)
end
return 1
