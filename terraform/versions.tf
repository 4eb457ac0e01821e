terraform {
  # 1.11 has write-only arguments, so that secrets stay out of the state, and the lock file in S3.
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

  # Bucket, key and region are given to `terraform init` (README.md): they differ per environment.
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
