-- Corrects the seats left by signed deltas while the sale continues, and resumes a paused sale.
--
-- KEYS[1] sale     HASH  see keys.ts
-- ARGV[1] epoch    of the audit that found the drift
-- ARGV[2] repairs  the number of repairs that the audit saw, so that a drift is corrected once
-- ARGV[3..]        ticket type, delta in seats, ...
--
-- Returns, tagged:
--   repaired
--   moved                the sale was loaded or repaired since the audit
--   short, ticket type   more seats are sold than exist; nothing was changed

local sale_key, epoch, repairs = KEYS[1], ARGV[1], ARGV[2]
local FIRST_CHANGE = 3

local sale = redis.call('HMGET', sale_key, 'epoch', 'repairs')
if sale[1] ~= epoch or (sale[2] or '0') ~= repairs then return { 'moved' } end

for i = FIRST_CHANGE, #ARGV, 2 do
  local ticket_type, delta = ARGV[i], tonumber(ARGV[i + 1])
  local left = tonumber(redis.call('HGET', sale_key, 'left:' .. ticket_type))
  if not left or left + delta < 0 then return { 'short', ticket_type } end
end
for i = FIRST_CHANGE, #ARGV, 2 do
  local ticket_type, delta = ARGV[i], ARGV[i + 1]
  redis.call('HINCRBY', sale_key, 'left:' .. ticket_type, delta)
end
redis.call('HINCRBY', sale_key, 'repairs', 1)
redis.call('HDEL', sale_key, 'paused')
return { 'repaired' }
