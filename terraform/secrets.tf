# Secrets. Token keys and the admin's password never enter the state: they are written once, and only machines read them.

ephemeral "random_password" "token" {
  count = 3

  length  = 64
  special = false
}

# Three keys: the signing key, the previous one and the next one. A rotation (rotate/index.mjs) shifts them, so that every machine knows a
# key long before it is used for signing.
resource "aws_secretsmanager_secret" "token" {
  name                    = "${local.name}/token-secret"
  description             = "Keys of tickets, passes and access tokens: signing, previous, next"
  recovery_window_in_days = var.deletion_protection ? 30 : 0
}

resource "aws_secretsmanager_secret_version" "token" {
  secret_id                = aws_secretsmanager_secret.token.id
  secret_string_wo         = join(",", ephemeral.random_password.token[*].result)
  secret_string_wo_version = 1
  # Rotations move the label AWSCURRENT away from this version. AWS may delete a version without labels, and Terraform would then create new
  # keys; so this version keeps a label.
  version_stages = ["AWSCURRENT", "FIRST"]

  lifecycle {
    ignore_changes = [version_stages]
  }
}

resource "aws_secretsmanager_secret_rotation" "token" {
  secret_id           = aws_secretsmanager_secret.token.id
  rotation_lambda_arn = aws_lambda_function.rotate.arn
  rotate_immediately  = false

  rotation_rules {
    # After the first Monday of a month, 04:00 to 06:00 in Seoul.
    schedule_expression = "cron(0 19 ? * 2#1 *)"
    duration            = "2h"
  }

  depends_on = [aws_lambda_permission.rotate, aws_secretsmanager_secret_version.token]
}

resource "aws_secretsmanager_secret_rotation" "mysql" {
  secret_id          = aws_db_instance.this.master_user_secret[0].secret_arn
  rotate_immediately = false

  rotation_rules {
    schedule_expression = "cron(0 19 ? * 2#2 *)"
    duration            = "2h"
  }
}

# The key of admission tickets. It stays the same for months, because buyers print tickets long before an event (docs/operations.md, "Keys").
ephemeral "random_password" "tickets" {
  # As base64: 32 bytes.
  length  = 43
  special = false
}

resource "aws_secretsmanager_secret" "tickets" {
  name                    = "${local.name}/ticket-keys"
  description             = "Keys that sign admission tickets; the first one signs"
  recovery_window_in_days = var.deletion_protection ? 30 : 0
}

resource "aws_secretsmanager_secret_version" "tickets" {
  secret_id                = aws_secretsmanager_secret.tickets.id
  secret_string_wo         = ephemeral.random_password.tickets.result
  secret_string_wo_version = 1
  # A new value is put by hand, and must not be replaced.
  version_stages = ["AWSCURRENT", "FIRST"]

  lifecycle {
    ignore_changes = [version_stages]
  }
}

ephemeral "random_password" "admin" {
  length  = 24
  special = false
}

resource "aws_secretsmanager_secret" "admin" {
  name                    = "${local.name}/admin-password"
  description             = "Initial password of the first admin; change it after the first login"
  recovery_window_in_days = var.deletion_protection ? 30 : 0
}

resource "aws_secretsmanager_secret_version" "admin" {
  secret_id                = aws_secretsmanager_secret.admin.id
  secret_string_wo         = ephemeral.random_password.admin.result
  secret_string_wo_version = 1
}

# Valkey's passwords are in the state, which is encrypted and private: the provider has no write-only argument for them yet.
locals {
  valkey_generations = toset([for back in [0, 1] : tostring(var.valkey_password_generation - back)])
}

resource "random_password" "valkey" {
  for_each = local.valkey_generations

  length  = 64
  special = false
}

resource "aws_secretsmanager_secret" "valkey" {
  name                    = "${local.name}/valkey-password"
  description             = "Password of Valkey's user neticket"
  recovery_window_in_days = var.deletion_protection ? 30 : 0
}

resource "aws_secretsmanager_secret_version" "valkey" {
  secret_id                = aws_secretsmanager_secret.valkey.id
  secret_string_wo         = random_password.valkey[tostring(var.valkey_password_generation)].result
  secret_string_wo_version = var.valkey_password_generation

  # Machines may read the new password only after Valkey accepts it.
  depends_on = [aws_elasticache_user.this]
}

data "archive_file" "rotate" {
  type        = "zip"
  output_path = "${path.module}/.terraform/rotate.zip"

  source {
    filename = "index.mjs"
    content  = file("${path.module}/rotate/index.mjs")
  }
}

data "aws_iam_policy_document" "rotate_assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "rotate" {
  statement {
    sid = "Rotate"
    actions = [
      "secretsmanager:DescribeSecret",
      "secretsmanager:GetSecretValue",
      "secretsmanager:PutSecretValue",
      "secretsmanager:UpdateSecretVersionStage",
    ]
    resources = [aws_secretsmanager_secret.token.arn]
  }

  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.rotate.arn}:log-stream:*"]
  }
}

resource "aws_iam_role" "rotate" {
  name               = "${local.name}-rotate"
  description        = "Rotation of the token keys"
  assume_role_policy = data.aws_iam_policy_document.rotate_assume.json
}

resource "aws_iam_role_policy" "rotate" {
  name   = "rotate"
  role   = aws_iam_role.rotate.id
  policy = data.aws_iam_policy_document.rotate.json
}

resource "aws_lambda_function" "rotate" {
  function_name    = "${local.name}-rotate"
  description      = "Rotates the token keys"
  role             = aws_iam_role.rotate.arn
  runtime          = "nodejs22.x"
  architectures    = ["arm64"]
  handler          = "index.handler"
  filename         = data.archive_file.rotate.output_path
  source_code_hash = data.archive_file.rotate.output_base64sha256
  timeout          = 30

  depends_on = [aws_iam_role_policy.rotate, aws_cloudwatch_log_group.rotate]
}

resource "aws_lambda_permission" "rotate" {
  statement_id  = "secrets-manager"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.rotate.function_name
  principal     = "secretsmanager.amazonaws.com"
  source_arn    = aws_secretsmanager_secret.token.arn
}
