-- Exchanges the turn of a place for a pass, once.
--
-- KEYS[1] room     HASH    see keys.ts
-- KEYS[2] passes   ZSET    live pass -> its end, epoch ms
-- KEYS[3] claimed  STRING  bitmap: the turn of this place was claimed
-- ARGV[1] epoch  of the ticket
-- ARGV[2] place
-- ARGV[3] pass   id of the new pass
-- ARGV[4] life   of the pass, ms
--
-- Returns, tagged: claimed, end (epoch ms) | void (another epoch) | used | missed | waiting, serving

local room = redis.call('HMGET', KEYS[1], 'epoch', 'serving', 'lapsed')
local place = tonumber(ARGV[2])

if room[1] ~= ARGV[1] then return { 'void' } end
if redis.call('GETBIT', KEYS[3], place) == 1 then return { 'used' } end
if place < (tonumber(room[3]) or 0) then return { 'missed' } end
if place >= (tonumber(room[2]) or 0) then return { 'waiting', tonumber(room[2]) or 0 } end

local time = redis.call('TIME')
local ends = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[4])
redis.call('SETBIT', KEYS[3], place, 1)
redis.call('ZADD', KEYS[2], ends, ARGV[3])
redis.call('PEXPIRE', KEYS[2], math.max(tonumber(ARGV[4]), redis.call('PTTL', KEYS[2])))
return { 'claimed', ends }
