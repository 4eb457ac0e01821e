-- Empties a room and starts a greater epoch, in which no earlier queue ticket or pass is valid. The operator's settings stay. The former
-- state is kept for a while, so that the reset can be undone (undo-reset.lua).
--
-- KEYS[1] room      HASH  see keys.ts
-- KEYS[2..n]        all other keys of the room, of any type
-- KEYS[n+1..2n]     the keys under which the former state is kept, in the same order
-- ARGV[1] keep      how long the former state is kept, ms; 0: not at all
-- ARGV[2] if epoch  reset only this epoch; '' for any
--
-- Returns, tagged:
--   reset, epoch
--   unknown       the room does not exist, or has another epoch

local room_key = KEYS[1]
local keep, if_epoch = tonumber(ARGV[1]), ARGV[2]
local keys = #KEYS / 2
local KEEP_MS = 30 * 86400000

local epoch = redis.call('HGET', room_key, 'epoch')
if not epoch or (if_epoch ~= '' and if_epoch ~= epoch) then return { 'unknown' } end
local kept = { 'paused', 'mode', 'perMinute', 'capacity', 'settings', 'revision', 'undone', 'plan' }
local values = redis.call('HMGET', room_key, unpack(kept))

-- A second reset, such as a repeated request, must not replace the kept state by that of a room that nobody has joined since.
local is_repeated = redis.call('HGET', room_key, 'issued') == '0' and redis.call('EXISTS', KEYS[keys + 1]) == 1
if not is_repeated then
  redis.call('UNLINK', unpack(KEYS, keys + 1))
  for i = 1, keys do
    if redis.call('EXISTS', KEYS[i]) == 1 then
      redis.call('RENAME', KEYS[i], KEYS[keys + i])
      redis.call('PEXPIRE', KEYS[keys + i], keep)
    end
  end
end
redis.call('UNLINK', unpack(KEYS, 1, keys))
-- A time, like the epoch of a new room (tick.lua), but always greater than the previous epoch, also one whose reset was undone: edges use
-- it to find the newer room.
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local new_epoch = math.max(math.max(tonumber(epoch), tonumber(values[7]) or 0) + 1, tonumber(time[1]))
redis.call('HSET', room_key, 'epoch', new_epoch, 'issued', 0, 'steppedAtMs', 0,
  'resetAtMs', now)
-- An edge starts a new epoch for another draw, so no one may join before it has published the commitment (join.lua).
if if_epoch ~= '' then redis.call('HSET', room_key, 'restoredAtMs', now) end
for i, field in ipairs(kept) do
  if values[i] then redis.call('HSET', room_key, field, values[i]) end
end
redis.call('PEXPIRE', room_key, KEEP_MS)
return { 'reset', new_epoch }
