-- Adds a booking to the last bookings of a person.
--
-- KEYS[1] recent bookings  LIST  see keys.ts
-- ARGV[1] booking          JSON
-- ARGV[2] bookings kept
-- ARGV[3] lifetime         of the list, ms

redis.call('LPUSH', KEYS[1], ARGV[1])
redis.call('LTRIM', KEYS[1], 0, tonumber(ARGV[2]) - 1)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
