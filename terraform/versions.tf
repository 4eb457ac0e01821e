terraform {
  # 1.11 has write-only arguments, which keep secrets out of the state, and S3 lock files.
  required_version = "~> 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "6.25.0"
    }
    random = {
      source  = "hashicorp/random"
      version = "3.7.2"
    }
    archive = {
      source  = "hashicorp/archive"
      version = "2.7.1"
    }
  }

  # `terraform init` sets bucket, key and region (docs/operations.md), because they differ per environment.
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = {
      Project     = "neticket"
      Environment = var.environment
      ManagedBy   = "terraform"
    }
  }
}
