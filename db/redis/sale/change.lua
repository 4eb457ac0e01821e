-- The part of an event's change that concerns its sale in Redis: adds or withdraws seats, with one entry in the booking log, and suspends
-- the sale until it is approved again (approve.lua), with the rules that MySQL has then committed. The caller holds the lock of the event's
-- ledger row.
--
-- KEYS[1] sale   HASH    see keys.ts
-- KEYS[2] log    STREAM  ids epoch-seq
-- ARGV[1] epoch  of the sale as the caller saw it
-- ARGV[2] actor  user id
-- ARGV[3] reason text
-- ARGV[4] change id of this change, with which it may resume the sale (resume.lua)
-- ARGV[5..]      ticket type, seats before, seats after, ...; a new ticket type has 0 seats before
--
-- Returns, tagged:
--   changed
--   not_loaded                          the sale is not the one that the caller saw, or the server is not on the run that was approved
--   seats_below_sold, ticket type, left  more seats were to be withdrawn than are left; nothing was changed

local sale_key, log_key = KEYS[1], KEYS[2]
local seen_epoch, actor, reason, change = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local FIRST_CHANGE, ARGS_PER_CHANGE = 5, 3

-- reserve.lua explains the run.
local run = string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)')
local sale = redis.call('HMGET', sale_key, 'epoch', 'run')
if sale[1] ~= seen_epoch or sale[2] ~= run or redis.call('EXISTS', log_key) == 0 then return { 'not_loaded' } end

for i = FIRST_CHANGE, #ARGV, ARGS_PER_CHANGE do
  local ticket_type, before, after = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local left = tonumber(redis.call('HGET', sale_key, 'left:' .. ticket_type))
  -- A type without seats has none left. A new one sells once the approval gives it its price.
  if not left and before == '0' then left = 0 end
  if not left then return { 'not_loaded' } end
  if left + after - before < 0 then return { 'seats_below_sold', ticket_type, left } end
end

if #ARGV >= FIRST_CHANGE then
  local time = redis.call('TIME')
  local entry = { actor, reason, time[1] * 1000 + math.floor(time[2] / 1000) }
  for i = FIRST_CHANGE, #ARGV, ARGS_PER_CHANGE do
    local ticket_type, before, after = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
    redis.call('HINCRBY', sale_key, 'left:' .. ticket_type, after - before)
    redis.call('HINCRBY', sale_key, 'total:' .. ticket_type, after - before)
    entry[#entry + 1] = { ticket_type, before, after }
  end
  local seq = redis.call('HINCRBY', sale_key, 'seq', 1)
  redis.call('XADD', log_key, seen_epoch .. '-' .. seq, 's', cjson.encode(entry))
end
redis.call('HDEL', sale_key, 'run')
redis.call('HSET', sale_key, 'suspended', run .. ':' .. change)
return { 'changed' }
