-- Undoes a reset: the room continues with its former epoch, queue tickets and passes. The operator's present settings stay. What has joined
-- since the reset becomes void. Open turns are prolonged by the next step, which finds that no edge has stepped this state for a while.
--
-- KEYS[1] room      HASH  see keys.ts
-- KEYS[2] passes    ZSET  visitor with an active visit -> when the pass ends unless it is used, epoch ms
-- KEYS[3..n]        all other keys of the room, of any type
-- KEYS[n+1..2n]     the keys under which the former state is kept, in the same order
-- ARGV[1] epoch     that the reset started
--
-- Returns, tagged:
--   undone, epoch    the former epoch
--   too_late         the former state is no longer kept
--   moved            the room has another epoch by now

local room_key, passes_key = KEYS[1], KEYS[2]
local reset_epoch = ARGV[1]
local keys = #KEYS / 2
local KEEP_MS = 30 * 86400000
local MAX_PROLONGED = 10000

local present = redis.call('HMGET', room_key, 'epoch', 'resetAtMs')
if present[1] ~= reset_epoch then return { 'moved' } end
if redis.call('EXISTS', KEYS[keys + 1]) == 0 then return { 'too_late' } end
local operated = { 'paused', 'mode', 'perMinute', 'capacity', 'settings', 'revision' }
local values = redis.call('HMGET', room_key, unpack(operated))
local time = redis.call('TIME')
local elapsed = time[1] * 1000 + math.floor(time[2] / 1000) - (tonumber(present[2]) or 0)

redis.call('UNLINK', unpack(KEYS, 1, keys))
for i = 1, keys do
  if redis.call('EXISTS', KEYS[keys + i]) == 1 then
    redis.call('RENAME', KEYS[keys + i], KEYS[i])
    redis.call('PEXPIRE', KEYS[i], KEEP_MS)
  end
end
for i, field in ipairs(operated) do
  if values[i] then redis.call('HSET', room_key, field, values[i]) else redis.call('HDEL', room_key, field) end
end
-- Edges that know the greater epoch of the reset must not take this state for a loss (tick.lua).
redis.call('HSET', room_key, 'undone', reset_epoch)
for _, visitor in ipairs(redis.call('ZRANGE', passes_key, 0, MAX_PROLONGED - 1)) do
  redis.call('ZINCRBY', passes_key, elapsed, visitor)
end
return { 'undone', tonumber(redis.call('HGET', room_key, 'epoch')) }
