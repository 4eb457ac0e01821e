-- Exchanges the turns of positions for passes, and renews passes of active visits.
--
-- KEYS[1] room      HASH    see keys.ts
-- KEYS[2] passes    ZSET    visitor with an active visit -> when the pass ends unless it is used, epoch ms
-- KEYS[3] visits    HASH    visitor with an active visit -> when the pass was given (epoch ms), `+` if it was extended, and the key
--                            that it was given for
-- KEYS[4] claimed   STRING  bitmap of positions: the turn was claimed or given up
-- KEYS[5] deferred  ZSET    position that was called while the room was full -> until when its turn is kept, epoch ms
-- KEYS[6] gone      STRING  bitmap of indexes: the queue ticket was given up
-- KEYS[7] turns     ZSET    serving number -> when it was reached, epoch ms
-- KEYS[8] accounts  HASH    epoch:account -> its last index, in rooms that require a login
-- ARGV[1] pass      longest life of a pass, ms
-- ARGV[2] idle      life of a pass that is not used, ms
-- ARGV[3] turn      how long a turn can be claimed, ms
-- ARGV[4] hold      claims later than this after the call do not count for the measured delay, ms
-- ARGV[5..]         six arguments for each claim:
--   epoch     of the queue ticket or pass
--   visitor   of the queue ticket; names the pass; that of an account is account.epoch.index
--   position  of the queue ticket; '' to renew
--   index     of the queue ticket; '' to renew
--   until     latest end of the pass to renew, epoch ms; '' to claim
--   key       names the client: the same key gets the same pass again; '' for none
--
-- Returns one reply for each claim, in order, tagged:
--   claimed, end (epoch ms), since (epoch ms), extended (0 or 1)   also for a renewed pass, and for a repeated claim with the same key
--   void                                        the epoch is not the room's
--   used                                        the turn was claimed or given up, the visit has ended, or the account has joined again
--   waiting, serving                            the position has not been called yet
--   deferred                                    the position was called but the room is full; repeating the claim keeps the turn
--   missed                                      the turn and its second chance have lapsed

local room_key, passes_key, visits_key, claimed_key, deferred_key, gone_key, turns_key, accounts_key = unpack(KEYS)
local pass, idle, turn, hold = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local FIRST_CLAIM, ARGS_PER_CLAIM = 5, 6
local KEEP_MS = 30 * 86400000

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local room = redis.call('HMGET', room_key, 'epoch', 'serving', 'settled', 'lapsed', 'limit', 'restoredAtMs', 'restoredVisits')
local epoch, serving, settled, lapsed = room[1], tonumber(room[2]) or 0, tonumber(room[3]) or 0, tonumber(room[4]) or 0
local limit, restored_at, restored_visits = tonumber(room[5]) or 0, tonumber(room[6]) or 0, tonumber(room[7]) or 0

local function admit(visitor, ends, since, mark, key)
  redis.call('ZADD', passes_key, ends, visitor)
  redis.call('HSET', visits_key, visitor, since .. mark .. ' ' .. key)
  return { 'claimed', ends, since, mark == '+' and 1 or 0 }
end

local function is_full()
  local active_visits = redis.call('ZCOUNT', passes_key, '(' .. now, '+inf')
  if now < restored_at + idle then active_visits = math.max(active_visits, restored_visits) end
  return active_visits >= limit
end

-- Whether the position of an account is no longer its own: it was given up, or the account has joined again, which is possible after the
-- store has lost its index. If the store has no index of the account, it keeps this one, so that the account cannot join again. Always
-- false for an anonymous visitor.
local function is_superseded(visitor)
  local account, index = string.match(visitor, '^(u%d+)%.%d+%.(%d+)$')
  if not account then return false end
  if redis.call('GETBIT', gone_key, index) == 1 then return true end
  local field = epoch .. ':' .. account
  local last_index = redis.call('HGET', accounts_key, field)
  if last_index then return last_index ~= index end
  redis.call('HSET', accounts_key, field, index)
  redis.call('PEXPIRE', accounts_key, KEEP_MS)
  return false
end

-- Extends the pass of an active visit. Returns nil if there is none, or if a claim has a key other than the one that got the pass.
local function extend_pass(visitor, is_claim, key)
  local ends = tonumber(redis.call('ZSCORE', passes_key, visitor))
  if not ends or ends <= now then return nil end
  local since, mark, given_for = string.match(redis.call('HGET', visits_key, visitor) or '', '^(%d+)(%+?) ?(.*)$')
  if not since or (is_claim and (key == '' or key ~= given_for)) then return nil end
  ends = math.min(now + idle, tonumber(since) + pass)
  redis.call('ZADD', passes_key, ends, visitor)
  return { 'claimed', ends, tonumber(since), mark == '+' and 1 or 0 }
end

-- After the store has lost its active visits, a signed pass from before the loss is enough to continue the visit. The visit cannot be
-- extended: it may have been before.
local function restore_pass(visitor, until_ms)
  local is_from_before_the_loss = restored_at > 0 and until_ms and until_ms >= now and until_ms - pass <= restored_at
  if not is_from_before_the_loss or is_superseded(visitor) then return { 'used' } end
  return admit(visitor, math.min(now + idle, until_ms), until_ms - pass, '+', '')
end

-- The turns of the last `hold` ms as serving number, time, ..., after the last turn before them. Read once, when needed.
local recent_turns
local timed_claims, timed_ms, admitted = 0, 0, 0

local function read_recent_turns()
  if recent_turns then return recent_turns end
  recent_turns = redis.call('ZREVRANGEBYSCORE', turns_key, now - hold, '-inf', 'WITHSCORES', 'LIMIT', 0, 1)
  if #recent_turns == 0 then recent_turns = { '0', '0' } end
  for _, item in ipairs(redis.call('ZRANGEBYSCORE', turns_key, '(' .. (now - hold), '+inf', 'WITHSCORES')) do
    recent_turns[#recent_turns + 1] = item
  end
  return recent_turns
end

-- Measures the time since the position was called, unless it was called longer ago than `hold` or on joining.
local function measure_delay(position)
  local turns = read_recent_turns()
  if position < tonumber(turns[1]) then return end
  for i = 3, #turns, 2 do
    if position < tonumber(turns[i]) then
      timed_claims, timed_ms = timed_claims + 1, timed_ms + now - turns[i + 1]
      return
    end
  end
end

local function claim_turn(visitor, position, index, key)
  if redis.call('GETBIT', claimed_key, position) == 1 or redis.call('GETBIT', gone_key, index) == 1 then return { 'used' } end
  if is_superseded(visitor) then return { 'used' } end
  if position >= serving then return { 'waiting', serving } end

  -- A visitor who claimed in time while the room was full keeps the turn by repeating the claim.
  local kept_until = tonumber(redis.call('ZSCORE', deferred_key, position)) or 0
  local is_first_claim = kept_until < now
  if position < lapsed and is_first_claim then return { 'missed' } end
  if is_first_claim then
    measure_delay(position)
    -- A position that claims before it is settled was counted against the rate when it was called.
    if position < settled then redis.call('HINCRBYFLOAT', room_key, 'tokens', -1) end
  end
  if is_full() then
    redis.call('ZADD', deferred_key, now + turn, position)
    return { 'deferred' }
  end

  redis.call('SETBIT', claimed_key, position, 1)
  redis.call('ZREM', deferred_key, position)
  admitted = admitted + 1
  return admit(visitor, now + math.min(idle, pass), now, '', key)
end

local function claim(visitor, position, index, until_ms, key)
  local is_claim = position ~= nil
  local extended = extend_pass(visitor, is_claim, key)
  if extended then return extended end
  if is_claim then return claim_turn(visitor, position, index, key) end
  return restore_pass(visitor, until_ms)
end

local replies = {}
for i = FIRST_CLAIM, #ARGV, ARGS_PER_CLAIM do
  local claim_epoch, visitor, key = ARGV[i], ARGV[i + 1], ARGV[i + 5]
  local position, index, until_ms = tonumber(ARGV[i + 2]), tonumber(ARGV[i + 3]), tonumber(ARGV[i + 4])
  replies[#replies + 1] = claim_epoch ~= epoch and { 'void' } or claim(visitor, position, index, until_ms, key)
end
if admitted > 0 then redis.call('HINCRBY', room_key, 'claims', admitted) end
if timed_claims > 0 then
  redis.call('HINCRBY', room_key, 'timedClaims', timed_claims)
  redis.call('HINCRBY', room_key, 'timedMs', timed_ms)
end
return replies
