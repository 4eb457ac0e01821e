-- Finds a person's booking by its idempotency key, as the sale holds it at one instant.
--
-- KEYS[1] sale         HASH    see keys.ts
-- KEYS[2] idempotency  HASH    person:key -> first reply
-- KEYS[3] cancelled    HASH    reservation -> "seats kept:when (epoch ms)", for reservations that returned seats since the load
-- ARGV[1] epoch        of the sale when it was booked
-- ARGV[2] field        person:key
-- ARGV[3] reservation  UUID
--
-- Returns nothing if only MySQL knows: the booking is unknown here, the sale was loaded again since, or this server may hold older data
-- than the ledger, because it has been restarted or has taken over since the sale was approved. Otherwise:
--   first reply (JSON), what `cancelled` holds of it ('' if no seats were returned)

local sale_key, idempotency_key, cancelled_key = KEYS[1], KEYS[2], KEYS[3]
local epoch, field, reservation = ARGV[1], ARGV[2], ARGV[3]

-- reserve.lua explains the run. A sale that a change has suspended on this run is not older than the ledger either.
local run = string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)')
local sale = redis.call('HMGET', sale_key, 'epoch', 'run', 'suspended')
local approved_run = sale[2] or string.match(sale[3] or '', '^(%w+):')
if sale[1] ~= epoch or not run or approved_run ~= run then return false end

local cancelled = redis.call('HMGET', cancelled_key, '#', reservation)
local first_reply = redis.call('HGET', idempotency_key, field)
if cancelled[1] ~= epoch or not first_reply then return false end
return { first_reply, cancelled[2] or '' }
