# Openings with 50,000 buyers and more: three zones, stores without CPU credits. README.md computes the cost.
# Enter your domain, zone, buckets and addresses before the first apply.
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
