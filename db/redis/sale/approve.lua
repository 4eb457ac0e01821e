-- Lets a complete sale continue on the present run of this server, with the present rules. The caller holds the lock of the event's
-- ledger row. The script compares the sale with the ledger again, because another server may have taken over since the caller read it.
--
-- KEYS[1] sale        HASH  see keys.ts
-- KEYS[2..]           the other keys of the event
-- ARGV[1] epoch       of the ledger's watermark
-- ARGV[2] seq         of the ledger's watermark
-- ARGV[3] expires at  epoch ms; moves with the event
-- ARGV[4..]           field, value, ... of the rules
--
-- Returns:
--   approved
--   behind    the sale on this server is older than the ledger

local sale_key = KEYS[1]
local ledger_epoch, ledger_seq = tonumber(ARGV[1]), tonumber(ARGV[2])

local run = string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)')
if not run then return redis.error_reply('The server does not report its master_replid') end

local sale = redis.call('HMGET', sale_key, 'epoch', 'seq')
local epoch, seq = tonumber(sale[1] or -1), tonumber(sale[2] or -1)
if epoch < ledger_epoch or (epoch == ledger_epoch and seq < ledger_seq) then return 'behind' end

redis.call('HSET', sale_key, 'run', run, unpack(ARGV, 4))
redis.call('HDEL', sale_key, 'suspended')
for _, key in ipairs(KEYS) do redis.call('PEXPIREAT', key, ARGV[3]) end
return 'approved'
