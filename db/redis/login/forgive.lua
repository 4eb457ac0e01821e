-- Undoes the count of an attempt that was no wrong password.
--
-- KEYS[1] pair      HASH    see attempt.lua
-- KEYS[2] bucket    STRING  the bucket that the attempt took from, or any other key of the slot
-- ARGV[1] success   1: the password was right, so the client's failures are forgotten; 0: it was not checked
-- ARGV[2] token ms  the time in which the bucket regains one token; 0 for an attempt that took none
-- ARGV[3] until     what the attempt has set; the delay of another attempt stays
--
-- Returns 1.

local pair_key, bucket_key = KEYS[1], KEYS[2]
local is_success, token_ms = ARGV[1] == '1', tonumber(ARGV[2])

if is_success then
  redis.call('DEL', pair_key)
elseif redis.call('EXISTS', pair_key) == 1 then
  if redis.call('HINCRBY', pair_key, 'failures', -1) <= 0 then
    redis.call('DEL', pair_key)
  elseif redis.call('HGET', pair_key, 'until') == ARGV[3] then
    redis.call('HSET', pair_key, 'until', 0)
  end
end

local full_at = token_ms > 0 and redis.call('GET', bucket_key)
if full_at then
  local time = redis.call('TIME')
  local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
  local earlier = tonumber(full_at) - token_ms
  if earlier > now then
    redis.call('SET', bucket_key, string.format('%d', earlier), 'PX', earlier - now)
  else
    redis.call('DEL', bucket_key)
  end
end
return 1
