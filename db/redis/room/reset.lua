-- Empties a room and starts a greater epoch, in which no earlier queue ticket or pass is valid. The operator's settings stay.
--
-- KEYS[1] room  HASH  see keys.ts
-- KEYS[2..]     all other keys of the room, of any type
--
-- Returns, tagged:
--   reset, epoch
--   unknown       the room does not exist

local room_key = KEYS[1]
local KEEP_MS = 30 * 86400000

local epoch = redis.call('HGET', room_key, 'epoch')
if not epoch then return { 'unknown' } end
local settings = {}
for _, field in ipairs({ 'paused', 'mode', 'perMinute', 'capacity' }) do
  local value = redis.call('HGET', room_key, field)
  if value then settings[field] = value end
end

redis.call('UNLINK', unpack(KEYS))
-- A time, like the epoch of a new room (tick.lua), but always greater than the previous epoch: edges use it to find the newer room.
local new_epoch = math.max(tonumber(epoch) + 1, tonumber(redis.call('TIME')[1]))
redis.call('HSET', room_key, 'epoch', new_epoch, 'issued', 0, 'steppedAtMs', 0)
for field, value in pairs(settings) do redis.call('HSET', room_key, field, value) end
redis.call('PEXPIRE', room_key, KEEP_MS)
return { 'reset', new_epoch }
