-- Pauses a sale until a repair or a load.
--
-- KEYS[1] sale   HASH  see keys.ts
-- ARGV[1] epoch  of the audit that found the drift
--
-- Returns 1, or 0 when the sale has been loaded again since the audit.

local sale_key, epoch = KEYS[1], ARGV[1]

if redis.call('HGET', sale_key, 'epoch') ~= epoch then return 0 end
redis.call('HSET', sale_key, 'paused', 1)
return 1
