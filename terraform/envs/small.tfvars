# A shop at rest, rehearsals, small sales: about 260 USD a month (README.md).
# Enter your domain, zone, buckets and addresses before the first apply.
environment     = "small"
domain          = "small.tickets.example.com"
hosted_zone_id  = "Z0000000EXAMPLE"
releases_bucket = "neticket-releases-example"
alarm_emails    = ["ops@example.com"]
admin_email     = "admin@example.com"
monthly_budget  = 350

zones               = 2
endpoint_zones      = 1
deletion_protection = false

edge   = { idle = 2, sale = 4, most = 6 }
origin = { idle = 2, sale = 3, most = 4 }

valkey = { node_type = "cache.t4g.micro" }
mysql  = { instance_class = "db.t4g.small", storage = 20, most_storage = 100, multi_az = false }
