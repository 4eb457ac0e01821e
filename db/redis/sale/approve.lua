-- Lets a whole sale go on selling on this run of this server, by the rules of now. The caller holds the lock of the event's ledger row. That the
-- sale is no older than the ledger is asked here once more: another server may have taken over since the caller looked.
--
-- KEYS[1] sale    HASH    see keys.ts
-- ARGV[1] epoch   of the ledger's watermark
-- ARGV[2] seq     likewise
-- ARGV[3...]      field, value, ... of the rules
--
-- Returns 'approved', or 'behind' when this server knows less than the ledger.

local run = string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)')
if not run then return redis.error_reply('The server does not tell its master_replid') end

local sale = redis.call('HMGET', KEYS[1], 'epoch', 'seq')
local epoch, seq = tonumber(sale[1] or -1), tonumber(sale[2] or -1)
local ledger_epoch, ledger_seq = tonumber(ARGV[1]), tonumber(ARGV[2])
if epoch < ledger_epoch or (epoch == ledger_epoch and seq < ledger_seq) then return 'behind' end

redis.call('HSET', KEYS[1], 'run', run, unpack(ARGV, 3))
return 'approved'
