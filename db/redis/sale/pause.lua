-- Stops a sale, until a repair or a load.
--
-- KEYS[1] sale  HASH  see keys.ts
-- ARGV[1] epoch  of the audit that found it wrong
--
-- Returns 1, or 0 when the sale was loaded anew since.

if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'paused', 1)
return 1
