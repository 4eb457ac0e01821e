-- Adds bookings to the last bookings of their persons.
--
-- KEYS     recent bookings  LIST  see keys.ts; one key for each booking
-- ARGV[1]  bookings kept    of one person
-- ARGV[2]  lifetime         of a list, ms
-- ARGV[3..] booking         JSON, in the order of KEYS

local kept, lifetime_ms = tonumber(ARGV[1]), ARGV[2]
local FIRST_BOOKING = 3

for i, key in ipairs(KEYS) do
  if redis.call('LPUSH', key, ARGV[FIRST_BOOKING + i - 1]) > kept then redis.call('LTRIM', key, 0, kept - 1) end
  redis.call('PEXPIRE', key, lifetime_ms)
end
