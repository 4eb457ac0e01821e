-- Issues the next queue tickets of a room, up to a limit on those that wait.
--
-- KEYS[1] room         HASH    see keys.ts
-- KEYS[2] accounts     HASH    epoch:account -> its last index, in rooms that require a login
-- KEYS[3] gone         STRING  bitmap of indexes: the queue ticket was given up, or the visit of its account has ended
-- ARGV[1] count        number of queue tickets requested
-- ARGV[2] epoch        that the edge remembers
-- ARGV[3] issued       that the edge remembers, so that a store with older data issues no index twice
-- ARGV[4] max waiting  queue tickets that may be issued and not called yet
-- ARGV[5..]            one account for each queue ticket; none in rooms that do not require a login
--
-- Returns, tagged:
--   joined, epoch, first index, number issued   without accounts
--   placed, epoch, index, ...                   one index for each account; nil for an account that the full queue rejects
--   no_room                                     no edge has ticked the room yet, or edges may still be restoring it

local room_key, accounts_key, gone_key = KEYS[1], KEYS[2], KEYS[3]
local count, known_epoch, known_issued, max_waiting = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local FIRST_ACCOUNT = 5

local RESTORING_MS = 1000
local KEEP_MS = 30 * 86400000

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local room = redis.call('HMGET', room_key, 'epoch', 'issued', 'restoredAtMs', 'serving')
local epoch, issued, restored_at, serving = room[1], tonumber(room[2]), tonumber(room[3]) or 0, tonumber(room[4]) or 0
if not epoch or now - restored_at < RESTORING_MS then return { 'no_room' } end

local next_index = epoch == known_epoch and math.max(issued, known_issued) or issued
local full_at = serving + max_waiting

if #ARGV < FIRST_ACCOUNT then
  local given = math.max(0, math.min(count, full_at - next_index))
  redis.call('HSET', room_key, 'issued', next_index + given)
  return { 'joined', tonumber(epoch), next_index, given }
end

local reply = { 'placed', tonumber(epoch) }
for i = FIRST_ACCOUNT, #ARGV do
  local account = epoch .. ':' .. ARGV[i]
  -- The last index stays when it is given up: queue tickets of earlier ones, which the store may have lost, stay refused (claim.lua).
  local index = redis.call('HGET', accounts_key, account)
  if index and redis.call('GETBIT', gone_key, index) == 1 then index = false end
  if not index and next_index < full_at then
    index = next_index
    next_index = next_index + 1
    redis.call('HSET', accounts_key, account, index)
  end
  reply[#reply + 1] = index and tonumber(index)
end
redis.call('HSET', room_key, 'issued', next_index)
redis.call('PEXPIRE', accounts_key, KEEP_MS)
return reply
