-- Reads what a sale holds of one buyer at one instant: their seats, and the booking that they made with an idempotency key.
--
-- KEYS[1] sale         HASH    see keys.ts
-- KEYS[2] held         HASH    person -> seats held
-- KEYS[3] idempotency  HASH    person:key -> first reply
-- ARGV[1] person       user id
-- ARGV[2] key          idempotency key
--
-- Returns, tagged:
--   not_loaded          a key of the event is missing, or the server is not on the run that was approved: only a booking decides
--   buyer, seats held, reservation ('' for none)

local sale_key, held_key, idempotency_key = KEYS[1], KEYS[2], KEYS[3]
local person, key = ARGV[1], ARGV[2]

-- reserve.lua explains epoch and run.
local run = string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)')
local sale = redis.call('HMGET', sale_key, 'epoch', 'run')
local held = redis.call('HMGET', held_key, '#', person)
local answered = redis.call('HMGET', idempotency_key, '#', person .. ':' .. key)
local epoch = sale[1]
if not epoch or sale[2] ~= run or held[1] ~= epoch or answered[1] ~= epoch then return { 'not_loaded' } end

local reservation = answered[2] and cjson.decode(answered[2])[3] or ''
return { 'buyer', tonumber(held[2]) or 0, reservation }
