-- Corrects the seats left by signed deltas, while the sale goes on, and lets a paused sale go on.
--
-- KEYS[1] sale  HASH  see keys.ts
-- ARGV[1] epoch    of the audit that found the drift
-- ARGV[2] repairs  that the audit saw: a drift is corrected once
-- ARGV[3...]       ticket type, delta, ...
--
-- Returns, tagged: repaired | moved (loaded or repaired since) | short, ticket type (more is sold than there is: nothing was changed)

local sale = redis.call('HMGET', KEYS[1], 'epoch', 'repairs')
if sale[1] ~= ARGV[1] or (sale[2] or '0') ~= ARGV[2] then return { 'moved' } end
for i = 3, #ARGV, 2 do
  local left = tonumber(redis.call('HGET', KEYS[1], 'left:' .. ARGV[i]))
  if not left or left + tonumber(ARGV[i + 1]) < 0 then return { 'short', ARGV[i] } end
end
for i = 3, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], 'left:' .. ARGV[i], ARGV[i + 1]) end
redis.call('HINCRBY', KEYS[1], 'repairs', 1)
redis.call('HDEL', KEYS[1], 'paused')
return { 'repaired' }
