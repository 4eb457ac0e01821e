-- Decides bookings of one event in order, each as if it had been sent alone: takes the seats and appends to the booking log, or returns the
-- reason for a rejection. No other code sells seats.
--
-- KEYS[1] sale          HASH    see keys.ts
-- KEYS[2] held          HASH    person -> seats held
-- KEYS[3] idempotency   HASH    person:key -> first reply
-- KEYS[4] log           STREAM  bookings and cancellations, ids epoch-seq
-- KEYS[5] cancelled     HASH    reservation -> "seats kept:when (epoch ms)", for reservations that returned seats since the load
-- KEYS[6..] pass        STRING  person who booked with this pass; one key for each booking
-- ARGV[1] backlog limit         the sale rejects bookings while the log holds this many entries
-- ARGV[2..]                     seven arguments for each booking:
--   person           user id
--   reservation      UUID for the new reservation
--   ticket type      id
--   quantity         seats
--   idempotency key  text
--   pass lifetime    how long the pass could still be used, ms
--   language         of the mails about the reservation
--
-- Returns one reply for each booking, in order, tagged:
--   reserved, reservation, epoch, seq, unit price, created (epoch ms), left
--   replayed, the same as at first, then: cancelled (epoch ms, 0 if seats are left), 1 if this pass was used for it, otherwise 0
--   mismatch                  the idempotency key belongs to another booking
--   not_loaded                a key of the event is missing, or the server is not on the run that was approved
--   paused                    an audit found a drift
--   backlogged                the log is full, because the write-back is behind
--   pass_spent, person        the pass has booked already
--   unknown_type              the event has no such ticket type
--   stopped, message          operators have stopped the sale; the message is for buyers
--   not_open, opens (epoch ms)
--   closed
--   limit_exceeded, limit, held
--   sold_out, left

local sale_key, held_key, idempotency_key, log_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local cancelled_key = KEYS[5]
local backlog_limit = tonumber(ARGV[1])
local FIRST_PASS_KEY, FIRST_BOOKING, ARGS_PER_BOOKING = 6, 2, 7

local sale = redis.call('HMGET', sale_key, 'epoch', 'opens', 'closes', 'limit', 'run', 'paused', 'stopped')
local epoch, opens, closes, limit = sale[1], tonumber(sale[2]), tonumber(sale[3]), tonumber(sale[4])
local is_paused, is_stopped = sale[6], sale[7] == '1'

-- master_replid identifies the present run of this server as a master: it changes at each restart and at each takeover, and differs between
-- servers. run_id is not enough: it stays the same while a server follows another one, loses entries to it, and takes over again.
local run = string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)')
-- A load writes all keys with one epoch; a different or missing epoch means that a key was lost. A booking does not depend on `cancelled`.
-- A server that was restarted or took over may hold older data, so the sale is compared with the ledger before it continues (approve.lua).
local is_loaded = epoch and redis.call('HGET', held_key, '#') == epoch and redis.call('HGET', idempotency_key, '#') == epoch
  and redis.call('EXISTS', log_key) == 1 and sale[5] == run

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local backlog = redis.call('XLEN', log_key)

local function replay(first_reply, person, ticket_type, quantity, pass_key)
  local first = cjson.decode(first_reply)
  if first[1] ~= ticket_type or first[2] ~= quantity then return { 'mismatch' } end
  -- A cancellation before the load is in the reply that the load wrote, a later one in the hash.
  local cancelled = string.match(redis.call('HGET', cancelled_key, first[3]) or '', '^0:(%d+)$') or first[9] or 0
  local is_pass_used = redis.call('GET', pass_key) == person and 1 or 0
  return { 'replayed', first[3], first[4], first[5], first[6], first[7], first[8], tonumber(cancelled), is_pass_used }
end

local function reserve(pass_key, person, reservation, ticket_type, quantity, key, pass_ms, language)
  if not is_loaded then return { 'not_loaded' } end

  -- Checked before every other rule: a retry gets the first reply even if the sale has ended or sold out since.
  local first_reply = redis.call('HGET', idempotency_key, person .. ':' .. key)
  if first_reply then return replay(first_reply, person, ticket_type, quantity, pass_key) end

  if is_paused then return { 'paused' } end
  if backlog >= backlog_limit then return { 'backlogged' } end
  local spent_by = redis.call('GET', pass_key)
  if spent_by then return { 'pass_spent', spent_by } end
  local seats = redis.call('HMGET', sale_key, 'left:' .. ticket_type, 'price:' .. ticket_type)
  local left, price = tonumber(seats[1]), seats[2]
  -- A ticket type without a price was added by a change whose transaction failed: MySQL does not have it (change.lua).
  if not left or not price then return { 'unknown_type' } end

  if is_stopped then return { 'stopped', redis.call('HGET', sale_key, 'message') } end
  if now < opens then return { 'not_open', opens } end
  if now >= closes then return { 'closed' } end

  local holds = tonumber(redis.call('HGET', held_key, person)) or 0
  if holds + quantity > limit then return { 'limit_exceeded', limit, holds } end
  if left < quantity then return { 'sold_out', left } end

  left = redis.call('HINCRBY', sale_key, 'left:' .. ticket_type, -quantity)
  redis.call('HINCRBY', held_key, person, quantity)
  local seq = redis.call('HINCRBY', sale_key, 'seq', 1)
  local entry = cjson.encode({ reservation, person, ticket_type, quantity, price, now, key })
  -- The language is a field of its own, which origins of releases before it do not read.
  redis.call('XADD', log_key, epoch .. '-' .. seq, 'b', entry, 'l', language)
  local reply_to_keep = cjson.encode({ ticket_type, quantity, reservation, epoch, seq, price, now, left })
  redis.call('HSET', idempotency_key, person .. ':' .. key, reply_to_keep)
  redis.call('SET', pass_key, person, 'PX', pass_ms)
  backlog = backlog + 1
  return { 'reserved', reservation, epoch, seq, price, now, left }
end

local replies = {}
for i = FIRST_PASS_KEY, #KEYS do
  local first = FIRST_BOOKING + #replies * ARGS_PER_BOOKING
  local person, reservation, ticket_type = ARGV[first], ARGV[first + 1], ARGV[first + 2]
  local quantity, key, pass_ms = tonumber(ARGV[first + 3]), ARGV[first + 4], tonumber(ARGV[first + 5])
  local language = ARGV[first + 6]
  replies[#replies + 1] = reserve(KEYS[i], person, reservation, ticket_type, quantity, key, pass_ms, language)
end
return replies
