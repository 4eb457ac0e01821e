-- The scripts in db/redis/ run inside Redis, which embeds Lua 5.1.
std = 'lua51'
read_globals = { 'redis', 'cjson', 'KEYS', 'ARGV' }
max_line_length = 140
exclude_files = { 'node_modules', '.data' }
