-- Cancels seats of one reservation, so that `keep` of them remain, and appends to the booking log. A second call changes nothing.
--
-- KEYS[1] sale         HASH    see keys.ts
-- KEYS[2] held         HASH    person -> seats held
-- KEYS[3] cancelled    HASH    reservation -> "seats kept:when (epoch ms)", for reservations that returned seats since the load
-- KEYS[4] log          STREAM  bookings and cancellations, ids epoch-seq
-- ARGV[1] epoch        of the ledger when the reservation's row was read
-- ARGV[2] person       user id
-- ARGV[3] reservation  UUID
-- ARGV[4] ticket type  id
-- ARGV[5] quantity     seats that the row holds
-- ARGV[6] keep         seats to keep; 0 cancels the reservation
-- ARGV[7] by operator  '1': also after the time for cancellations
--
-- Returns, tagged:
--   cancelled, seats held now, when (epoch ms), epoch, seq
--   unchanged, seats held now, when (epoch ms), epoch, seq   the reservation already holds `keep` seats or fewer
--   too_late                                                 the time for cancellations is over
--   not_loaded                                               a key is missing, or the server is not on the run that was approved
--   stale                                                    the row was read before the last load: read it again

local sale_key, held_key, cancelled_key, log_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local row_epoch, person, reservation, ticket_type = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local quantity, keep = tonumber(ARGV[5]), tonumber(ARGV[6])
local is_by_operator = ARGV[7] == '1'
-- reserve.lua explains the run.
local run = string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)')

local sale = redis.call('HMGET', sale_key, 'epoch', 'seq', 'cancel_until', 'run')
local epoch, cancel_until = sale[1], tonumber(sale[3])
local held = redis.call('HMGET', held_key, '#', person)
local cancelled = redis.call('HMGET', cancelled_key, '#', reservation)

if not epoch or held[1] ~= epoch or cancelled[1] ~= epoch or redis.call('EXISTS', log_key) == 0 or sale[4] ~= run then
  return { 'not_loaded' }
end
if epoch ~= row_epoch then return { 'stale' } end

-- Seats returned since the load are recorded here before MySQL has them.
local when = 0
if cancelled[2] then
  local kept, at = string.match(cancelled[2], '^(%d+):(%d+)$')
  quantity, when = tonumber(kept), tonumber(at)
end
if keep >= quantity then return { 'unchanged', quantity, when, tonumber(epoch), tonumber(sale[2]) } end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now >= cancel_until and not is_by_operator then return { 'too_late' } end

local returned = quantity - keep
redis.call('HINCRBY', sale_key, 'left:' .. ticket_type, returned)
redis.call('HINCRBY', held_key, person, -returned)
redis.call('HSET', cancelled_key, reservation, keep .. ':' .. now)
local seq = redis.call('HINCRBY', sale_key, 'seq', 1)
redis.call('XADD', log_key, epoch .. '-' .. seq, 'c', cjson.encode({ reservation, person, ticket_type, returned, now, keep }))
return { 'cancelled', keep, now, tonumber(epoch), seq }
