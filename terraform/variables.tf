variable "environment" {
  description = "Name of the environment; part of every resource's name"
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,9}$", var.environment))
    error_message = "2 to 10 lower-case letters and digits: names of load balancers have at most 32 characters, including our prefix."
  }
}

variable "region" {
  description = "AWS region, close to the buyers"
  type        = string
  default     = "ap-northeast-2"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "A region is written like ap-northeast-2."
  }
}

variable "zones" {
  description = "Number of availability zones"
  type        = number
  default     = 2

  validation {
    condition     = contains([2, 3], var.zones)
    error_message = "2 or 3: load balancers and stores need two, and the address plan has room for three."
  }
}

variable "endpoint_zones" {
  description = "Number of zones with interface endpoints, at about 9.5 USD a month per zone and endpoint; with 1, machines cannot start while that zone is down"
  type        = number
  default     = 1

  validation {
    condition     = var.endpoint_zones >= 1 && var.endpoint_zones <= var.zones
    error_message = "From 1 to the number of zones."
  }
}

variable "vpc_cidr" {
  description = "Address range of the network"
  type        = string
  default     = "10.20.0.0/16"

  validation {
    condition     = can(cidrnetmask(var.vpc_cidr)) && endswith(var.vpc_cidr, "/16")
    error_message = "An IPv4 range of /16: it is divided into sixteen subnets of /20, of which up to nine are used."
  }
}

variable "domain" {
  description = "Host name of the shop, such as tickets.example.com"
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,}$", var.domain))
    error_message = "A host name in lower case, without a scheme or a path."
  }
}

variable "hosted_zone_id" {
  description = "Id of the public Route 53 zone that contains the domain"
  type        = string

  validation {
    condition     = can(regex("^Z[A-Z0-9]{3,31}$", var.hosted_zone_id))
    error_message = "Ids of hosted zones begin with Z, without the prefix /hostedzone/."
  }
}

variable "release" {
  description = "Release to run: the first 12 characters of the commit that `npm run release` packed and the deploy uploaded"
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f]{12}$", var.release))
    error_message = "Twelve hexadecimal digits: machines download the archive of that name."
  }
}

variable "releases_bucket" {
  description = "Bucket of releases, created by terraform/bootstrap"
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.releases_bucket))
    error_message = "The name of an S3 bucket, without s3://."
  }
}

variable "image_id" {
  description = "Machine image, arm64 Amazon Linux 2023; null uses the newest at each apply, which replaces the machines if there is a newer one"
  type        = string
  default     = null

  validation {
    condition     = var.image_id == null || can(regex("^ami-[0-9a-f]{8,17}$", var.image_id))
    error_message = "An id like ami-0123456789abcdef0, or null."
  }
}

variable "edge" {
  description = "Edge fleet. idle, sale, most: number of machines at rest, around an opening, and at most; vcpus: those of the type, of which a program uses one; requests_per_target: requests per minute and machine that scaling aims at"
  type = object({
    instance_type       = optional(string, "t4g.small")
    vcpus               = optional(number, 2)
    idle                = number
    sale                = number
    most                = number
    requests_per_target = optional(number, 120000)
  })

  validation {
    condition     = can(regex("^[a-z]+[0-9]+g[a-z]*\\.", var.edge.instance_type))
    error_message = "A Graviton type (t4g.small, c7g.large, …): releases are built for arm64."
  }
  validation {
    condition     = contains([1, 2, 4, 8], var.edge.vcpus) && (!can(regex("^t4g\\.(nano|micro|small|medium|large)$", var.edge.instance_type)) || var.edge.vcpus == 2)
    error_message = "The vCPUs of the instance type; scaling aims at half of one of them. All t4g types up to large have 2."
  }
  validation {
    condition     = var.edge.idle >= 2 && var.edge.idle <= var.edge.sale && var.edge.sale <= var.edge.most
    error_message = "2 <= idle <= sale <= most: with one machine, losing its zone would be an outage."
  }
}

variable "origin" {
  description = "Origin fleet; fields as in edge"
  type = object({
    instance_type       = optional(string, "t4g.small")
    vcpus               = optional(number, 2)
    idle                = number
    sale                = number
    most                = number
    requests_per_target = optional(number, 60000)
  })

  validation {
    condition     = can(regex("^[a-z]+[0-9]+g[a-z]*\\.", var.origin.instance_type))
    error_message = "A Graviton type (t4g.small, c7g.large, …): releases are built for arm64."
  }
  validation {
    condition     = contains([1, 2, 4, 8], var.origin.vcpus) && (!can(regex("^t4g\\.(nano|micro|small|medium|large)$", var.origin.instance_type)) || var.origin.vcpus == 2)
    error_message = "The vCPUs of the instance type; scaling aims at half of one of them. All t4g types up to large have 2."
  }
  validation {
    condition     = var.origin.idle >= 2 && var.origin.idle <= var.origin.sale && var.origin.sale <= var.origin.most
    error_message = "2 <= idle <= sale <= most: with one machine, losing its zone would be an outage."
  }
}

variable "openings" {
  description = "Openings to scale for, beside those of published events, which the program schedules itself. at: RFC 3339; lead and hold in minutes"
  type = list(object({
    name         = string
    at           = string
    lead_minutes = optional(number, 30)
    hold_minutes = optional(number, 60)
  }))
  default = []

  validation {
    condition     = alltrue([for opening in var.openings : can(regex("^[a-z0-9-]{1,40}$", opening.name))])
    error_message = "Names of openings are 1 to 40 lower-case letters, digits and hyphens: scheduled actions are named after them."
  }
  validation {
    condition     = alltrue([for opening in var.openings : can(timeadd(opening.at, "0s"))])
    error_message = "Times of openings are RFC 3339 with their zone, such as 2026-11-28T20:00:00+09:00."
  }
  validation {
    condition     = alltrue([for opening in var.openings : opening.lead_minutes >= 5 && opening.lead_minutes <= 720 && opening.hold_minutes >= 15])
    error_message = "Machines need 5 minutes to start and cost money from then on: lead 5 to 720 minutes, hold at least 15."
  }
  validation {
    condition     = length(distinct([for opening in var.openings : opening.name])) == length(var.openings)
    error_message = "Names of openings must be unique."
  }
}

variable "fleet_lead_minutes" {
  description = "Minutes before an opening at which the program grows the fleets"
  type        = number
  default     = 30

  validation {
    condition     = var.fleet_lead_minutes >= 5 && var.fleet_lead_minutes <= 720
    error_message = "5 (the time that machines need to start) to 720."
  }
}

variable "valkey" {
  description = "ElastiCache. cluster: cluster mode, which spreads sales over nodes (each sale is on one node). Choose it at the first apply, because AWS cannot convert a store directly; shards applies to cluster mode only; replicas per shard"
  type = object({
    node_type     = string
    version       = optional(string, "8.1")
    cluster       = optional(bool, false)
    shards        = optional(number, 1)
    replicas      = optional(number, 1)
    snapshot_days = optional(number, 7)
  })

  validation {
    condition     = startswith(var.valkey.node_type, "cache.")
    error_message = "Node types begin with cache., such as cache.t4g.small."
  }
  validation {
    condition     = var.valkey.replicas >= 1 && var.valkey.replicas <= 5
    error_message = "From 1 to 5 replicas: without a replica, losing the node loses the store."
  }
  validation {
    condition     = var.valkey.cluster ? var.valkey.shards >= 1 && var.valkey.shards <= 90 : var.valkey.shards == 1
    error_message = "Shards are 1 without cluster mode, and 1 to 90 with it."
  }
  validation {
    condition     = can(regex("^[78]\\.[0-9]+$", var.valkey.version))
    error_message = "A version of Valkey such as 8.1; the parameter group follows its major version."
  }
}

variable "stores_change_at_once" {
  description = "Change Valkey and MySQL at once instead of in their maintenance window, with an interruption; for a single apply, with the rooms paused"
  type        = bool
  default     = false
}

variable "valkey_password_generation" {
  description = "Increase by one to change Valkey's password; the previous password stays valid until the next change"
  type        = number
  default     = 1

  validation {
    condition     = var.valkey_password_generation >= 1 && floor(var.valkey_password_generation) == var.valkey_password_generation
    error_message = "A whole number from 1."
  }
}

variable "mysql" {
  description = "RDS. storage and most_storage in GiB, backup_days of point-in-time recovery"
  type = object({
    instance_class = string
    version        = optional(string, "8.4")
    storage        = optional(number, 20)
    most_storage   = optional(number, 200)
    multi_az       = optional(bool, true)
    backup_days    = optional(number, 7)
  })

  validation {
    condition     = startswith(var.mysql.instance_class, "db.")
    error_message = "Classes begin with db., such as db.t4g.small."
  }
  validation {
    condition     = startswith(var.mysql.version, "8.4")
    error_message = "The parameter group and the tests support 8.4 only."
  }
  validation {
    condition     = var.mysql.storage >= 20 && var.mysql.most_storage > var.mysql.storage * 1.1
    error_message = "At least 20 GiB (gp3), and a maximum more than a tenth above it, as RDS requires."
  }
  validation {
    condition     = var.mysql.backup_days >= 1 && var.mysql.backup_days <= 35
    error_message = "From 1 to 35 days: 0 would disable backups and point-in-time recovery."
  }
}

variable "deletion_protection" {
  description = "Refuse to destroy stores, balancers and buckets that are not empty; disable it for temporary environments"
  type        = bool
  default     = true
}

variable "edge_settings" {
  description = "More settings of the edge (ROOM_…, ORIGIN_…), see docs/edge.md"
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name, value in var.edge_settings : can(regex("^(ROOM|ORIGIN)_[A-Z_]+$", name)) && can(regex("^[ -~]*$", value))])
    error_message = "Names begin with ROOM_ or ORIGIN_ and values are one line; Terraform computes all other settings."
  }
}

variable "origin_settings" {
  description = "More settings of the origin (WRITE_BACK_MS, BACKLOG_LIMIT, …)"
  type        = map(string)
  default     = {}

  validation {
    condition = alltrue([
      for name, value in var.origin_settings :
      contains(["WRITE_BACK_MS", "BACKLOG_LIMIT", "INVENTORY_WATCH_MS", "CATALOGUE_MAX_AGE_MS", "MYSQL_SLOW_MS"], name) && can(regex("^[0-9]+$", value))
    ])
    error_message = "WRITE_BACK_MS, BACKLOG_LIMIT, INVENTORY_WATCH_MS, CATALOGUE_MAX_AGE_MS and MYSQL_SLOW_MS only, each a whole number."
  }
}

variable "waf" {
  description = "Put a web application firewall in front of CloudFront (about 10 USD a month, plus 0.60 USD per million requests)"
  type        = bool
  default     = false
}

variable "waf_requests_per_address" {
  description = "Requests per address in five minutes that the firewall allows; phones of a mobile carrier can share an address"
  type        = number
  default     = 20000

  validation {
    condition     = var.waf_requests_per_address >= 1000
    error_message = "At least 1000: one waiting page polls 120 times in five minutes, and phones of a mobile carrier can share an address."
  }
}

variable "log_days" {
  description = "Days to keep logs"
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_days)
    error_message = "CloudWatch accepts these numbers of days only: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, …"
  }
}

variable "alarm_emails" {
  description = "E-mail addresses for alarms and cost notifications; each must confirm the mail that it receives"
  type        = list(string)

  validation {
    condition     = length(var.alarm_emails) > 0 && alltrue([for address in var.alarm_emails : can(regex("^[^@ ]+@[^@ ]+$", address))])
    error_message = "At least one e-mail address, so that alarms have a recipient."
  }
}

variable "monthly_budget" {
  description = "Monthly budget of the whole account in USD; notifications at 80 % of it, and when the forecast exceeds it. Set it in one environment of an account, and null in the others"
  type        = number
  nullable    = true

  validation {
    condition     = var.monthly_budget == null || try(var.monthly_budget > 0, false)
    error_message = "More than 0, or null in an account whose budget another environment has."
  }
}

variable "admin_email" {
  description = "E-mail of the first admin, whom the first migration creates; the password is in the secret of the output admin_secret_arn"
  type        = string

  validation {
    condition     = can(regex("^[^@ ]+@[^@ ]+$", var.admin_email))
    error_message = "An e-mail address."
  }
}

variable "mail" {
  description = "Mail through SES: the SMTP user's name, the secret with its password, and the sender's name before the @; null sends none (docs/operations.md)"
  type = object({
    username            = string
    password_secret_arn = string
    sender              = optional(string, "no-reply")
  })
  default = null

  validation {
    condition     = var.mail == null || can(regex("^[A-Z0-9]{5,128}$", var.mail.username)) && can(regex("^arn:[a-z-]+:secretsmanager:", var.mail.password_secret_arn)) && can(regex("^[a-z0-9][a-z0-9.-]*$", var.mail.sender))
    error_message = "username is the id of an access key, password_secret_arn the ARN of a secret, and sender the part before the @, such as no-reply."
  }
}
