-- Lets a sale continue with the rules that it has, because the change of the event that suspended it is never committed. Does nothing if
-- the sale was approved or loaded since, or if this server has been restarted or has taken over: then it must be approved (approve.lua).
--
-- KEYS[1] sale    HASH  see keys.ts
-- ARGV[1] change  id of the change
--
-- Returns 1, or 0 if nothing was done.

local sale_key, change = KEYS[1], ARGV[1]

-- reserve.lua explains the run.
local run = string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)')
if not run or redis.call('HGET', sale_key, 'suspended') ~= run .. ':' .. change then return 0 end
redis.call('HSET', sale_key, 'run', run)
redis.call('HDEL', sale_key, 'suspended')
return 1
