-- Gives a place up: its turn counts as taken, so that nobody waits for it.
--
-- KEYS[1] room     HASH    see keys.ts
-- KEYS[2] claimed  STRING  bitmap: the turn of this place was claimed
-- ARGV[1] epoch  of the ticket
-- ARGV[2] place
--
-- Returns 1, or 0 when the ticket was of another epoch.

if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return 0 end
redis.call('SETBIT', KEYS[2], ARGV[2], 1)
return 1
