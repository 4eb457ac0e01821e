-- Gives out the next tickets of a room, as long as no more people wait in it than may.
--
-- KEYS[1] room      HASH  see keys.ts
-- KEYS[2] accounts  HASH  account -> its index, in rooms that ask for a login
-- ARGV[1] count   how many tickets
-- ARGV[2] epoch   that the edge knows
-- ARGV[3] issued  that the edge knows: a store that came back with older data gives no index out twice
-- ARGV[4] waiting that may be given out and not yet called, at most
-- ARGV[5..]       one account for each ticket; none in rooms that ask for no login
--
-- Returns, tagged: joined, epoch, first index, how many were given | placed, epoch, index of each account, nil for whom the line is full ...
-- | no_room (nobody has ticked it yet, or not all edges have said what they know since the store lost it)

local room_key, accounts_key = KEYS[1], KEYS[2]
local count, known_epoch, known_issued, waiting_at_most = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])

local RESTORING_MS = 1000

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local room = redis.call('HMGET', room_key, 'epoch', 'issued', 'restoredAtMs', 'serving')
if not room[1] or now - (tonumber(room[3]) or 0) < RESTORING_MS then return { 'no_room' } end
local next_index = tonumber(room[2])
if room[1] == known_epoch then next_index = math.max(next_index, known_issued) end
local full_at = (tonumber(room[4]) or 0) + waiting_at_most

if #ARGV == 4 then
  local given = math.max(0, math.min(count, full_at - next_index))
  redis.call('HSET', room_key, 'issued', next_index + given)
  return { 'joined', tonumber(room[1]), next_index, given }
end

local reply = { 'placed', tonumber(room[1]) }
for i = 5, #ARGV do
  local known = redis.call('HGET', accounts_key, room[1] .. ':' .. ARGV[i])
  if not known and next_index < full_at then
    known = next_index
    next_index = next_index + 1
    redis.call('HSET', accounts_key, room[1] .. ':' .. ARGV[i], known)
  end
  reply[#reply + 1] = known and tonumber(known)
end
redis.call('HSET', room_key, 'issued', next_index)
redis.call('PEXPIRE', accounts_key, 30 * 86400000)
return reply
