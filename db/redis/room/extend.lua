-- Extends an active visit once, in its second part: it counts as having begun later. Its visitor keeps their place among the active visits.
--
-- KEYS[1] room      HASH    see keys.ts
-- KEYS[2] passes    ZSET    visitor with an active visit -> when the pass ends unless it is used, epoch ms
-- KEYS[3] visits    HASH    visitor with an active visit -> when the pass was given (epoch ms), `+` if it was extended, and the key
-- ARGV[1] pass       longest life of a pass, ms
-- ARGV[2] idle       life of a pass that is not used, ms
-- ARGV[3] extension  ms, at most half of `pass`
-- ARGV[4] epoch      of the pass
-- ARGV[5] visitor
--
-- Returns, tagged:
--   extended, end (epoch ms), since (epoch ms)  the visit counts as having begun at `since`
--   already                                     the visit was extended before
--   early, wait (ms)                            so soon that the visit would count as beginning in the future
--   void                                        the epoch is not the room's
--   ended                                       there is no such visit

local room_key, passes_key, visits_key = KEYS[1], KEYS[2], KEYS[3]
local pass, idle, extension = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local epoch, visitor = ARGV[4], ARGV[5]

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if redis.call('HGET', room_key, 'epoch') ~= epoch then return { 'void' } end

local ends = tonumber(redis.call('ZSCORE', passes_key, visitor))
if not ends or ends <= now then return { 'ended' } end
local since, mark, key = string.match(redis.call('HGET', visits_key, visitor) or '', '^(%d+)(%+?) ?(.*)$')
if not since then return { 'ended' } end
if mark == '+' then return { 'already' } end

-- A visit never begins after now: claim.lua compares the beginning with the time of a loss of the store.
since = tonumber(since) + extension
if since > now then return { 'early', since - now } end
ends = math.min(now + idle, since + pass)
redis.call('ZADD', passes_key, ends, visitor)
redis.call('HSET', visits_key, visitor, string.format('%.0f+ %s', since, key))
return { 'extended', ends, since }
