# The name of the system, and account data that several files use.

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

  # A release is one archive with both programs; each machine starts the program of its fleet.
  release_key = "releases/neticket-${var.release}-linux-arm64.tar.gz"
}
