-- Decides bookings of one event in their order, each as if it had come alone: takes the seats and writes the log, or says why not. Nothing
-- else sells.
--
-- KEYS[1] sale     HASH    see keys.ts
-- KEYS[2] held     HASH    person -> seats held
-- KEYS[3] answers  HASH    person:key -> first answer
-- KEYS[4] log      STREAM  bookings and cancellations, ids epoch-seq
-- KEYS[5..] pass   STRING  person who booked with this pass; one for each booking
-- ARGV[1] backlog limit   entries that the log may hold
-- ARGV[2..]               six for each booking:
--   person          user id
--   reservation     UUID to give to the booking
--   ticket type     id
--   quantity        seats
--   key             idempotency key
--   pass lifetime   ms that the pass could still live
--
-- Returns for each, in their order, tagged:
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

local sale_key, held_key, answers_key, log_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local backlog_limit = tonumber(ARGV[1])

local sale = redis.call('HMGET', sale_key, 'epoch', 'opens', 'closes', 'limit', 'run', 'paused')
local epoch, opens, closes, limit = sale[1], tonumber(sale[2]), tonumber(sale[3]), tonumber(sale[4])
local is_paused = sale[6]

-- The server's own word for its present run as a master: another after each restart, each time that it takes over, and on each server. Its
-- run_id would not do: it stays the same while the server follows another, forgets what that one does not know, and takes over again.
local run = string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)')
-- A load makes all keys with one epoch: another epoch, or none, means that a key was lost. The cancelled hash has no say here. A server
-- that was restarted or took over may have come back with older data: the ledger is asked before it sells.
local is_loaded = epoch and redis.call('HGET', held_key, '#') == epoch and redis.call('HGET', answers_key, '#') == epoch
  and redis.call('EXISTS', log_key) == 1 and sale[5] == run

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local backlog = redis.call('XLEN', log_key)

local function reserve(pass_key, person, reservation, ticket_type, quantity, key, pass_ms)
  if not is_loaded then return { 'not_loaded' } end

  -- Before every other rule: a retry must hear what it heard first, also when the sale has since ended or sold out.
  local answer = redis.call('HGET', answers_key, person .. ':' .. key)
  if answer then
    local first = cjson.decode(answer)
    if first[1] ~= ticket_type or first[2] ~= quantity then return { 'mismatch' } end
    return { 'replayed', first[3], first[4], first[5], first[6], first[7], first[8] }
  end

  if is_paused then return { 'paused' } end
  if backlog >= backlog_limit then return { 'backlogged' } end
  local spent_by = redis.call('GET', pass_key)
  if spent_by then return { 'pass_spent', spent_by } end
  local seats = redis.call('HMGET', sale_key, 'left:' .. ticket_type, 'price:' .. ticket_type)
  local left, price = tonumber(seats[1]), seats[2]
  if not left then return { 'unknown_type' } end

  if now < opens then return { 'not_open', opens } end
  if now >= closes then return { 'closed' } end

  local holds = tonumber(redis.call('HGET', held_key, person)) or 0
  if holds + quantity > limit then return { 'limit_exceeded', limit, holds } end
  if left < quantity then return { 'sold_out', left } end

  left = redis.call('HINCRBY', sale_key, 'left:' .. ticket_type, -quantity)
  redis.call('HINCRBY', held_key, person, quantity)
  local seq = redis.call('HINCRBY', sale_key, 'seq', 1)
  redis.call('XADD', log_key, epoch .. '-' .. seq, 'b', cjson.encode({ reservation, person, ticket_type, quantity, price, now, key }))
  redis.call('HSET', answers_key, person .. ':' .. key,
    cjson.encode({ ticket_type, quantity, reservation, epoch, seq, price, now, left }))
  redis.call('SET', pass_key, person, 'PX', pass_ms)
  backlog = backlog + 1
  return { 'reserved', reservation, epoch, seq, price, now, left }
end

local replies = {}
for i = 5, #KEYS do
  local arg = 2 + (i - 5) * 6
  replies[i - 4] = reserve(KEYS[i], ARGV[arg], ARGV[arg + 1], ARGV[arg + 2], tonumber(ARGV[arg + 3]), ARGV[arg + 4], tonumber(ARGV[arg + 5]))
end
return replies
