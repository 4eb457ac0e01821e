-- Looks at a room, and calls the next people when a step is due. Any number of edges may call it: a step happens once.
--
-- KEYS[1] room     HASH    see keys.ts
-- KEYS[2] passes   ZSET    live pass -> its end, epoch ms
-- KEYS[3] claimed  STRING  bitmap: the turn of this place was claimed
-- KEYS[4] turns    ZSET    number reached -> when, epoch ms
-- ARGV[1] opens       epoch ms, 0 for a room that is always open
-- ARGV[2] closes      epoch ms, 0 for never
-- ARGV[3] lobby       ms before the opening from when people may come in
-- ARGV[4] per minute  people to call at most
-- ARGV[5] capacity    people inside or called at once, at most
-- ARGV[6] turn        ms in which a turn must be claimed
-- ARGV[7] step        ms between steps
-- ARGV[8] seats left  -1 when unknown
--
-- Returns phase, epoch, serving, issued, per minute, now (epoch ms).
--
-- serving: places below it have been called. It runs ahead of issued when there is room for more people than came, so that the next
-- ones walk straight in. reached: min(serving, issued) at the last step, that is, who has really been called. lapsed: whoever was
-- called longer ago than a turn lasts.

local room_key, passes_key, claimed_key, turns_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local opens, closes, lobby = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local turn, step, seats_left = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local KEEP_ROOM_MS, KEEP_CLAIMS_MS = 30 * 86400000, 86400000

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local room = redis.call('HMGET', room_key,
  'epoch', 'issued', 'serving', 'reached', 'lapsed', 'tokens', 'stepped_at', 'paused', 'per_minute', 'capacity', 'mode')
local epoch, issued, serving = tonumber(room[1]), tonumber(room[2]) or 0, tonumber(room[3]) or 0
local reached, lapsed, tokens = tonumber(room[4]) or 0, tonumber(room[5]) or 0, tonumber(room[6]) or 0
local stepped_at, paused, mode = tonumber(room[7]) or 0, room[8] == '1', room[11] or 'fifo'
local per_minute, capacity = tonumber(room[9]) or tonumber(ARGV[4]), tonumber(room[10]) or tonumber(ARGV[5])
local per_ms = per_minute / 60000
local burst = math.max(1, per_ms * 1000)

if not epoch then
  -- A time, so that a room that was lost and made again never takes the tickets of its former life.
  epoch = tonumber(time[1])
  redis.call('DEL', passes_key, claimed_key, turns_key)
  redis.call('HSET', room_key, 'epoch', epoch, 'issued', 0)
  stepped_at = now - step
  -- A sale that is long open is met by a full bucket; an opening starts with an empty one.
  if opens == 0 or now > opens + 60000 then tokens = burst end
end

local phase
if mode == 'closed' or (closes > 0 and now >= closes) or now < opens - lobby then phase = 'closed'
elseif now < opens then phase = 'lobby'
elseif paused then phase = 'paused'
elseif seats_left == 0 then phase = 'sold_out'
end

if now - stepped_at >= step then
  local called = math.min(serving, issued)
  tokens = tokens - (called - reached)
  if not phase then tokens = tokens + per_ms * (now - math.max(stepped_at, opens)) end
  tokens = math.max(0, math.min(burst, tokens))
  if called > reached then redis.call('ZADD', turns_key, now, called) end
  reached = called

  -- While nobody could claim (paused, sold out, no edge and no store to ask), the turns that are open stand still.
  local silent = now - stepped_at
  if phase or silent > 10 * math.max(step, 100) then
    local waiting = redis.call('ZRANGE', turns_key, 0, -1, 'WITHSCORES')
    for i = 1, #waiting, 2 do redis.call('ZADD', turns_key, math.min(now, tonumber(waiting[i + 1]) + silent), waiting[i]) end
  end

  local over = redis.call('ZRANGEBYSCORE', turns_key, '-inf', now - turn)
  if #over > 0 then
    for i = 1, #over do lapsed = math.max(lapsed, tonumber(over[i])) end
    redis.call('ZREMRANGEBYSCORE', turns_key, '-inf', now - turn)
  end
  redis.call('PEXPIRE', turns_key, KEEP_ROOM_MS)

  redis.call('ZREMRANGEBYSCORE', passes_key, '-inf', now)
  local inside = redis.call('ZCARD', passes_key)
  local unclaimed = 0
  if reached > lapsed then
    unclaimed = reached - lapsed - redis.call('BITCOUNT', claimed_key, lapsed, reached - 1, 'BIT')
  end

  serving = reached
  if mode == 'passthrough' then serving = issued + 1000000
  elseif not phase then serving = reached + math.floor(math.max(0, math.min(tokens, capacity - inside - unclaimed)))
  end
  redis.call('HSET', room_key,
    'serving', serving, 'reached', reached, 'lapsed', lapsed, 'tokens', tostring(tokens), 'stepped_at', now)
  redis.call('PEXPIRE', room_key, KEEP_ROOM_MS)
  redis.call('PEXPIRE', claimed_key, KEEP_CLAIMS_MS)
end

if not phase then phase = serving > issued and 'idle' or 'open' end
return { phase, epoch, serving, issued, per_minute, now }
