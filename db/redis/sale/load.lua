-- Replaces all keys of an event's sale by a new load. The caller holds the lock of the event's ledger row, has written the booking log back
-- up to the sale that it saw, and has found that sale missing, damaged or older than the ledger.
--
-- KEYS[1] sale               HASH    see keys.ts
-- KEYS[2] held               HASH    person -> seats held
-- KEYS[3] idempotency        HASH    person:key -> first reply
-- KEYS[4] cancelled          HASH    reservation -> "seats kept:when (epoch ms)"
-- KEYS[5] log                STREAM  bookings and cancellations, ids epoch-seq
-- KEYS[6] held draft         HASH    the new held, without its epoch
-- KEYS[7] idempotency draft  HASH    the new idempotency, without its epoch
-- ARGV[1] epoch              of this load; greater than every earlier epoch of the event
-- ARGV[2] expires at         epoch ms
-- ARGV[3] seen epoch         of the sale as the caller saw it; '' if there was none
-- ARGV[4] seen seq           of the sale as the caller saw it; '' if there was none
-- ARGV[5..]                  field, value, ... of the sale
--
-- Returns:
--   loaded
--   moved    the sale has changed since the caller saw it: write back and count again

local sale_key, held_key, idempotency_key, cancelled_key, log_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local held_draft_key, idempotency_draft_key = KEYS[6], KEYS[7]
local epoch, expires_at, seen_epoch, seen_seq = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local run = string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)')
if not run then return redis.error_reply('The server does not report its master_replid') end

local sale = redis.call('HMGET', sale_key, 'epoch', 'seq')
if (sale[1] or '') ~= seen_epoch or (sale[2] or '') ~= seen_seq then return 'moved' end

redis.call('UNLINK', sale_key, held_key, idempotency_key, cancelled_key)
redis.call('HSET', sale_key, 'epoch', epoch, 'seq', 0, 'run', run, unpack(ARGV, 5))
redis.call('HSET', held_draft_key, '#', epoch)
redis.call('RENAME', held_draft_key, held_key)
redis.call('HSET', idempotency_draft_key, '#', epoch)
redis.call('RENAME', idempotency_draft_key, idempotency_key)
redis.call('HSET', cancelled_key, '#', epoch)
-- The load writes an entry with seq 0, so that the log always exists and the beginning of each epoch is visible in it.
redis.call('XADD', log_key, epoch .. '-0', 'l', '')
for _, key in ipairs({ sale_key, held_key, idempotency_key, cancelled_key, log_key }) do
  redis.call('PEXPIREAT', key, expires_at)
end
return 'loaded'
