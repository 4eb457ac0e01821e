# Openings of 50,000 and more: three zones, stores that do not run on credits. See README.md for its cost.
# Domain, zone, buckets and addresses are your own; change them before the first apply.
environment     = "sale"
domain          = "tickets.example.com"
hosted_zone_id  = "Z0000000EXAMPLE"
releases_bucket = "neticket-releases-example"
alarm_emails    = ["ops@example.com"]
admin_email     = "admin@example.com"
monthly_budget  = 1600

zones          = 3
endpoint_zones = 2
waf            = true

edge   = { idle = 2, sale = 10, most = 20 }
origin = { idle = 2, sale = 6, most = 12 }

valkey = { node_type = "cache.r7g.large", replicas = 2 }
mysql  = { instance_class = "db.r7g.large", storage = 400, most_storage = 1000, backup_days = 14 }

edge_settings = {
  ROOM_PER_MINUTE = "300000"
  ROOM_CAPACITY   = "20000"
}
