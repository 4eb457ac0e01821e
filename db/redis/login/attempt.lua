-- Decides whether a password may be checked now. An attempt counts as a failure from its start, so that parallel guesses count too.
-- The caller undoes the count after a success (forgive.lua).
--
-- KEYS[1] pair    HASH    failures of one client at one account: `failures`, and `until` (epoch ms), before which no attempt is allowed
-- KEYS[2] repeats STRING  token bucket of the account for clients that have failed before: when it is full again, epoch ms
-- KEYS[3] firsts  STRING  token bucket of the account for the first attempts of other clients: when it is full again, epoch ms
-- ARGV[1] has budget    1: the attempt also takes a token of a bucket of the account; 0 for a known device
-- ARGV[2] free          failures of a client without a delay
-- ARGV[3] delay ms      after the first failure that is not free; it doubles with each further one
-- ARGV[4] max delay ms
-- ARGV[5] memory ms     how long failures are remembered after the last one; a quarter of it while they are free
-- ARGV[6] first         attempts of a client that take from `firsts`
-- ARGV[7] burst         tokens of a full bucket
-- ARGV[8] token ms      the time in which a bucket regains one token
--
-- Returns {'allowed', bucket ('repeats', 'firsts' or ''), `until` (0: no delay)} or {'refused', the time to wait in ms}.

local pair_key, repeats_key, firsts_key = KEYS[1], KEYS[2], KEYS[3]
local has_budget = ARGV[1] == '1'
local free, delay_ms, max_delay_ms = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local memory_ms, first, burst, token_ms = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

local pair = redis.call('HMGET', pair_key, 'failures', 'until')
local failures, blocked_until = tonumber(pair[1] or 0), tonumber(pair[2] or 0)
if blocked_until > now then return { 'refused', blocked_until - now } end

local bucket = ''
if has_budget then
  bucket = failures < first and 'firsts' or 'repeats'
  local key = failures < first and firsts_key or repeats_key
  local full_at = math.max(now, tonumber(redis.call('GET', key) or 0))
  local wait_ms = full_at + token_ms - now - burst * token_ms
  if wait_ms > 0 then return { 'refused', wait_ms } end
  redis.call('SET', key, string.format('%d', full_at + token_ms), 'PX', full_at + token_ms - now)
end

failures = failures + 1
local until_ms = 0
if failures >= free then until_ms = now + math.min(max_delay_ms, delay_ms * 2 ^ math.min(failures - free, 30)) end
local until_text = string.format('%d', until_ms)
redis.call('HSET', pair_key, 'failures', failures, 'until', until_text)
redis.call('PEXPIRE', pair_key, failures < free and math.floor(memory_ms / 4) or memory_ms)
return { 'allowed', bucket, until_text }
