-- Decides one booking: takes the seats and writes the log, or says why not. Nothing else sells.
--
-- KEYS[1] sale     HASH    see keys.ts
-- KEYS[2] held     HASH    person -> seats held
-- KEYS[3] answers  HASH    person:key -> first answer
-- KEYS[4] log      STREAM  bookings and cancellations, ids epoch-seq
-- KEYS[5] pass     STRING  person who booked with this pass
-- ARGV[1] person          user id
-- ARGV[2] reservation     UUID to give to the booking
-- ARGV[3] ticket type     id
-- ARGV[4] quantity        seats
-- ARGV[5] key             idempotency key
-- ARGV[6] pass lifetime   ms that the pass could still live
-- ARGV[7] run             of the server, as the caller knows it
-- ARGV[8] backlog limit   entries that the log may hold
--
-- Returns, tagged:
--   reserved | replayed, reservation, epoch, seq, unit price, created (epoch ms), left
--   mismatch                     the key stands for another booking
--   not_loaded                   a key of the event is missing, or the server is another since the sale was last checked
--   paused                       the books of the sale do not agree
--   backlogged                   MySQL has not followed for long: the log is full
--   pass_spent, person           the pass has booked already
--   unknown_type
--   not_open, opens (epoch ms) | closed
--   limit_exceeded, limit, held
--   sold_out, left

local sale_key, held_key, answers_key, log_key, pass_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local person, reservation, ticket_type, key = ARGV[1], ARGV[2], ARGV[3], ARGV[5]
local quantity, pass_ms, run, backlog_limit = tonumber(ARGV[4]), tonumber(ARGV[6]), ARGV[7], tonumber(ARGV[8])

local sale = redis.call('HMGET', sale_key, 'epoch', 'opens', 'closes', 'limit', 'left:' .. ticket_type, 'price:' .. ticket_type, 'run', 'paused')
local epoch, opens, closes, limit, left, price = sale[1], tonumber(sale[2]), tonumber(sale[3]), tonumber(sale[4]), tonumber(sale[5]), sale[6]
local held = redis.call('HMGET', held_key, '#', person)
local answer = redis.call('HMGET', answers_key, '#', person .. ':' .. key)

-- A load makes all keys with one epoch: another epoch, or none, means that a key was lost. The cancelled hash has no say here.
if not epoch or held[1] ~= epoch or answer[1] ~= epoch or redis.call('EXISTS', log_key) == 0 then return { 'not_loaded' } end
-- A server that was restarted or took over may have come back with older data: the ledger is asked before it sells.
if sale[7] ~= run then return { 'not_loaded' } end

-- Before every other rule: a retry must hear what it heard first, also when the sale has since ended or sold out.
if answer[2] then
  local first = cjson.decode(answer[2])
  if first[1] ~= ticket_type or first[2] ~= quantity then return { 'mismatch' } end
  return { 'replayed', first[3], first[4], first[5], first[6], first[7], first[8] }
end

if sale[8] then return { 'paused' } end
if redis.call('XLEN', log_key) >= backlog_limit then return { 'backlogged' } end
local spent_by = redis.call('GET', pass_key)
if spent_by then return { 'pass_spent', spent_by } end
if not left then return { 'unknown_type' } end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now < opens then return { 'not_open', opens } end
if now >= closes then return { 'closed' } end

local holds = tonumber(held[2]) or 0
if holds + quantity > limit then return { 'limit_exceeded', limit, holds } end
if left < quantity then return { 'sold_out', left } end

left = redis.call('HINCRBY', sale_key, 'left:' .. ticket_type, -quantity)
redis.call('HINCRBY', held_key, person, quantity)
local seq = redis.call('HINCRBY', sale_key, 'seq', 1)
redis.call('XADD', log_key, epoch .. '-' .. seq, 'b', cjson.encode({ reservation, person, ticket_type, quantity, price, now, key }))
redis.call('HSET', answers_key, person .. ':' .. key,
  cjson.encode({ ticket_type, quantity, reservation, epoch, seq, price, now, left }))
redis.call('SET', pass_key, person, 'PX', pass_ms)
return { 'reserved', reservation, epoch, seq, price, now, left }
