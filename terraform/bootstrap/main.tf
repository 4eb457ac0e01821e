# What must be there before the first apply: where states and releases lie, and the role that deploys take on. Applied once, by hand, with
# a state of its own in this folder (README.md); everything else is deployed by that role.

terraform {
  required_version = "~> 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "6.25.0"
    }
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = {
      Project   = "neticket"
      ManagedBy = "terraform-bootstrap"
    }
  }
}

variable "region" {
  description = "AWS region of the buckets"
  type        = string
  default     = "ap-northeast-2"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "A region is written like ap-northeast-2."
  }
}

variable "repository" {
  description = "GitHub repository that deploys, owner/name"
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.repository))
    error_message = "Written as owner/name, without https:// and without a * that would let others in."
  }
}

variable "environments" {
  description = "Environments of that repository that may deploy; GitHub asks their reviewers first"
  type        = list(string)
  default     = ["small", "sale"]

  validation {
    condition     = length(var.environments) > 0 && alltrue([for name in var.environments : can(regex("^[a-z][a-z0-9]{1,9}$", name))])
    error_message = "Names of environments, as in the variable environment of the system."
  }
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  buckets = {
    states   = "neticket-states-${data.aws_caller_identity.current.account_id}"
    releases = "neticket-releases-${data.aws_caller_identity.current.account_id}"
  }
}

resource "aws_s3_bucket" "this" {
  for_each = local.buckets

  bucket = each.value
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = aws_s3_bucket.this

  bucket                  = each.value.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

# GitHub proves which repository and environment a job runs for; AWS gives it keys for an hour. None are stored.
resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

data "aws_iam_policy_document" "deploy_assume" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.github.arn]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:aud"
      values   = ["sts.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:sub"
      values   = [for name in var.environments : "repo:${var.repository}:environment:${name}"]
    }
  }
}

resource "aws_iam_role" "deploy" {
  name                 = "neticket-deploy"
  description          = "Deploys of ${var.repository}"
  assume_role_policy   = data.aws_iam_policy_document.deploy_assume.json
  max_session_duration = 3600
}

# Terraform makes networks, stores and fleets, and so needs nearly every service; of IAM it gets what carries our name.
resource "aws_iam_role_policy_attachment" "deploy" {
  role       = aws_iam_role.deploy.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/PowerUserAccess"
}

data "aws_iam_policy_document" "deploy_iam" {
  statement {
    sid = "OwnRoles"
    actions = [
      "iam:AddRoleToInstanceProfile",
      "iam:CreateInstanceProfile",
      "iam:CreateRole",
      "iam:DeleteInstanceProfile",
      "iam:DeleteRole",
      "iam:DeleteRolePolicy",
      "iam:GetInstanceProfile",
      "iam:GetRole",
      "iam:GetRolePolicy",
      "iam:ListAttachedRolePolicies",
      "iam:ListInstanceProfilesForRole",
      "iam:ListInstanceProfileTags",
      "iam:ListRolePolicies",
      "iam:ListRoleTags",
      "iam:PassRole",
      "iam:PutRolePolicy",
      "iam:RemoveRoleFromInstanceProfile",
      "iam:TagInstanceProfile",
      "iam:TagRole",
      "iam:UntagInstanceProfile",
      "iam:UntagRole",
      "iam:UpdateAssumeRolePolicy",
      "iam:UpdateRole",
    ]
    # Not neticket-deploy itself: a deploy cannot widen its own rights.
    resources = flatten([for name in var.environments : [
      "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:role/neticket-${name}-*",
      "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:instance-profile/neticket-${name}-*",
    ]])
  }
}

resource "aws_iam_role_policy" "deploy" {
  name   = "own-roles"
  role   = aws_iam_role.deploy.id
  policy = data.aws_iam_policy_document.deploy_iam.json
}

output "states_bucket" {
  description = "Bucket of states: -backend-config=bucket=…"
  value       = aws_s3_bucket.this["states"].id
}

output "releases_bucket" {
  description = "Bucket of releases: the variable releases_bucket"
  value       = aws_s3_bucket.this["releases"].id
}

output "deploy_role_arn" {
  description = "Role that the deploy workflow takes on"
  value       = aws_iam_role.deploy.arn
}
