-- Puts an event on sale in Redis, all keys at once. The caller holds the lock of the event's ledger row, has drained the log as far
-- as the sale that it saw, and has found that sale missing, damaged or older than the ledger.
--
-- KEYS[1] sale           HASH    see keys.ts
-- KEYS[2] held           HASH    person -> seats held
-- KEYS[3] answers        HASH    person:key -> first answer
-- KEYS[4] cancelled      HASH    reservation -> when
-- KEYS[5] log            STREAM  bookings and cancellations
-- KEYS[6] held draft     HASH    the new held, without its epoch
-- KEYS[7] answers draft  HASH    the new answers, without its epoch
-- ARGV[1] epoch       of this load, above every epoch before
-- ARGV[2] expires at  epoch ms
-- ARGV[3] seen epoch  of the sale as the caller saw it, '' when there was none
-- ARGV[4] seen seq    likewise
-- ARGV[5...]          field, value, ... of the sale
--
-- Returns 'loaded', or 'moved' when somebody booked since the caller looked: drain and count again.

local run = string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)')
if not run then return redis.error_reply('The server does not tell its master_replid') end
local epoch, expires_at, seen_epoch, seen_seq = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local sale = redis.call('HMGET', KEYS[1], 'epoch', 'seq')
if (sale[1] or '') ~= seen_epoch or (sale[2] or '') ~= seen_seq then return 'moved' end

redis.call('UNLINK', KEYS[1], KEYS[2], KEYS[3], KEYS[4])
redis.call('HSET', KEYS[1], 'epoch', epoch, 'seq', 0, 'run', run, unpack(ARGV, 5))
redis.call('HSET', KEYS[6], '#', epoch)
redis.call('RENAME', KEYS[6], KEYS[2])
redis.call('HSET', KEYS[7], '#', epoch)
redis.call('RENAME', KEYS[7], KEYS[3])
redis.call('HSET', KEYS[4], '#', epoch)
-- An entry of the load itself, with seq 0: the log exists from here on, and each epoch in it has a visible beginning.
redis.call('XADD', KEYS[5], epoch .. '-0', 'l', '')
for i = 1, 5 do redis.call('PEXPIREAT', KEYS[i], expires_at) end
return 'loaded'
