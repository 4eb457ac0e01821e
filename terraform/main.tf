# The system's name, and what several files need to know of the account.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

data "aws_availability_zones" "available" {
  state = "available"

  # Local zones and wavelength zones have no ElastiCache and no RDS.
  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

locals {
  name       = "neticket-${var.environment}"
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  zones      = slice(sort(data.aws_availability_zones.available.names), 0, var.zones)

  # Both programs' releases are one archive; a machine unpacks it and starts its own half.
  release_key = "releases/neticket-${var.release}-linux-arm64.tar.gz"
}
