# The prerequisites of the first apply: the buckets of states and releases, and the roles that deploys assume. Apply it once, by hand, with
# its own state in this folder (docs/operations.md). These roles deploy everything else.

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
  description = "GitHub repository that deploys, as in the subject of its tokens: owner/name, or owner@id/name@id for repositories created after July 2026"
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+(@[0-9]+)?/[A-Za-z0-9._-]+(@[0-9]+)?$", var.repository))
    error_message = "owner/name, or owner@id/name@id if the subjects of GitHub's tokens have ids; without https://, and without a *, which would allow other repositories."
  }
}

variable "environments" {
  description = "Environments of that repository that may deploy; GitHub requires the approval of their reviewers"
  type        = list(string)
  default     = ["small", "sale"]

  validation {
    condition     = length(var.environments) > 0 && alltrue([for name in var.environments : can(regex("^[a-z][a-z0-9]{1,9}$", name)) && !contains(["deploy", "plan"], name)])
    error_message = "Names of environments, as in the variable `environment` of the system; the names deploy and plan are reserved for roles."
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

resource "aws_s3_bucket_lifecycle_configuration" "plans" {
  bucket = aws_s3_bucket.this["states"].id

  rule {
    id     = "plans"
    status = "Enabled"

    filter {
      prefix = "plans/"
    }

    expiration {
      days = 7
    }

    noncurrent_version_expiration {
      noncurrent_days = 1
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
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

# GitHub's token proves the repository and environment of a job; AWS issues credentials for an hour. No keys are stored.
resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

# Two roles: one plans, without approval; the other applies, and GitHub lets a job assume it only after its reviewers have approved.
data "aws_iam_policy_document" "assume" {
  for_each = { deploy = "", plan = "-plan" }

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
      values   = [for name in var.environments : "repo:${var.repository}:environment:${name}${each.value}"]
    }
  }
}

resource "aws_iam_role" "plan" {
  name               = "neticket-plan"
  description        = "Plans of ${var.repository}"
  assume_role_policy = data.aws_iam_policy_document.assume["plan"].json
}

resource "aws_iam_role_policy_attachment" "plan" {
  role       = aws_iam_role.plan.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/ReadOnlyAccess"
}

data "aws_iam_policy_document" "plan" {
  statement {
    sid     = "ReleasesAndPlans"
    actions = ["s3:PutObject"]
    resources = [
      "${aws_s3_bucket.this["releases"].arn}/releases/*",
      "${aws_s3_bucket.this["states"].arn}/plans/*",
    ]
  }

  statement {
    sid       = "Lock"
    actions   = ["s3:PutObject", "s3:DeleteObject"]
    resources = ["${aws_s3_bucket.this["states"].arn}/*.tflock"]
  }

  # Terraform reads a secret to check that it exists.
  statement {
    sid       = "Secrets"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [for name in var.environments : "arn:${data.aws_partition.current.partition}:secretsmanager:${var.region}:${data.aws_caller_identity.current.account_id}:secret:neticket-${name}/*"]
  }
}

resource "aws_iam_role_policy" "plan" {
  name   = "releases-and-plans"
  role   = aws_iam_role.plan.id
  policy = data.aws_iam_policy_document.plan.json
}

resource "aws_iam_role" "deploy" {
  name                 = "neticket-deploy"
  description          = "Deploys of ${var.repository}"
  assume_role_policy   = data.aws_iam_policy_document.assume["deploy"].json
  max_session_duration = 7200
}

# Terraform creates networks, stores and fleets, and needs nearly every service; in IAM only resources with our prefix.
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
      "iam:UpdateRoleDescription",
    ]
    # Not neticket-deploy itself, so that a deploy cannot extend its own permissions. No environment has that name.
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

output "plan_role_arn" {
  description = "AWS_ROLE of the environments <name>-plan"
  value       = aws_iam_role.plan.arn
}

output "deploy_role_arn" {
  description = "AWS_ROLE of the environments <name>"
  value       = aws_iam_role.deploy.arn
}
