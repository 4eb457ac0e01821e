# The origins, behind an internal balancer that accepts connections from edges only.

locals {
  origin_host = "origin.${var.domain}"
  image_id    = coalesce(var.image_id, nonsensitive(data.aws_ssm_parameter.image.value))
}

data "aws_ssm_parameter" "image" {
  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
}

resource "aws_lb" "internal" {
  name               = "${local.name}-internal"
  load_balancer_type = "application"
  internal           = true
  subnets            = aws_subnet.machines[*].id
  security_groups    = [aws_security_group.this["internal_balancer"].id]
  # Longer than an edge keeps an idle connection (90 s), shorter than an origin does (240 s), so that no connection closes during a request.
  idle_timeout               = 120
  drop_invalid_header_fields = true
  desync_mitigation_mode     = "strictest"
  preserve_host_header       = true
  enable_deletion_protection = var.deletion_protection

  access_logs {
    bucket  = aws_s3_bucket.logs.id
    prefix  = "internal"
    enabled = true
  }

  depends_on = [aws_s3_bucket_policy.logs]
}

resource "aws_lb_target_group" "origin" {
  name                          = "${local.name}-origin"
  vpc_id                        = aws_vpc.this.id
  port                          = 3000
  protocol                      = "HTTP"
  deregistration_delay          = 30
  load_balancing_algorithm_type = "least_outstanding_requests"

  health_check {
    path                = "/readyz"
    matcher             = "200"
    interval            = 5
    timeout             = 4
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }
}

resource "aws_lb_listener" "internal" {
  load_balancer_arn = aws_lb.internal.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = aws_acm_certificate_validation.balancers.certificate_arn

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.origin.arn
  }
}

# The name is public because the certificate needs it; it resolves to private addresses.
resource "aws_route53_zone" "internal" {
  name    = local.origin_host
  comment = "${local.name}: the balancer in front of the origins"

  vpc {
    vpc_id = aws_vpc.this.id
  }
}

resource "aws_route53_record" "internal" {
  zone_id = aws_route53_zone.internal.zone_id
  name    = local.origin_host
  type    = "A"

  alias {
    name                   = aws_lb.internal.dns_name
    zone_id                = aws_lb.internal.zone_id
    evaluate_target_health = false
  }
}

module "origin" {
  source = "./modules/fleet"

  name     = "${local.name}-origin"
  role     = "origin"
  system   = local.name
  region   = var.region
  image_id = local.image_id
  machine  = var.origin
  openings = var.openings
  port     = 3000

  metrics_port = 3000
  metrics = {
    "" = [
      "neticket_write_back_backlog_entries", "neticket_write_back_lag_seconds", "neticket_inventory_drift_seats",
      "neticket_dead_letters_total", "neticket_dead_mails_total",
    ]
    outcome = ["neticket_bookings_total", "neticket_cancellations_total"]
  }

  subnet_ids        = aws_subnet.machines[*].id
  security_group_id = aws_security_group.this["origin"].id
  target_group = {
    arn            = aws_lb_target_group.origin.arn
    resource_label = "${aws_lb.internal.arn_suffix}/${aws_lb_target_group.origin.arn_suffix}"
  }

  release      = { bucket = var.releases_bucket, key = local.release_key }
  before_start = "/opt/neticket/bin/migrate"
  log_group    = { name = aws_cloudwatch_log_group.program["origin"].name, arn = aws_cloudwatch_log_group.program["origin"].arn }

  settings = merge(var.origin_settings, {
    ORIGIN_HOST = "0.0.0.0"
    ORIGIN_PORT = "3000"
    AWS_REGION  = var.region
    S3_BUCKET   = aws_s3_bucket.images.id
    # ElastiCache does not sync its log before it replies, so bookings are acknowledged after the commit in MySQL (docs/decisions/0007).
    ACKNOWLEDGE  = "mysql"
    DRAIN_MS     = "15000"
    RELEASE      = var.release
    FLEET_GROUPS = "${local.name}-edge:${var.edge.idle}:${var.edge.sale},${local.name}-origin:${var.origin.idle}:${var.origin.sale}"
    # Rehearsals send their buyers there.
    EDGE_URL           = "https://${local.origin_host}:${local.rehearsal_port}"
    FLEET_LEAD_MINUTES = tostring(var.fleet_lead_minutes)
    ADMIN_EMAIL        = var.admin_email
    # Operators use the admin pages with a second factor only.
    OPERATOR_TWO_FACTOR = "required"
    # Links in mails and addresses for search engines begin with it.
    PUBLIC_URL = "https://${var.domain}"
  }, { for mail in local.mail : "MAIL_FROM" => "${mail.sender}@${var.domain}" })
  secrets = merge({
    TOKEN_SECRET   = { arn = aws_secretsmanager_secret.token.arn }
    REDIS_URL      = local.redis_url
    MYSQL_URL      = local.mysql_url
    ADMIN_PASSWORD = { arn = aws_secretsmanager_secret.admin.arn }
    TICKET_KEYS    = { arn = aws_secretsmanager_secret.tickets.arn }
  }, { for smtp in local.smtp_url : "SMTP_URL" => smtp })
  policy = data.aws_iam_policy_document.origin.json

  depends_on = [
    aws_vpc_endpoint.s3, aws_vpc_endpoint.this, aws_route_table_association.machines,
    aws_vpc_security_group_egress_rule.path, aws_vpc_security_group_ingress_rule.path, aws_vpc_security_group_egress_rule.s3,
    aws_secretsmanager_secret_version.token, aws_secretsmanager_secret_version.valkey, aws_secretsmanager_secret_version.admin,
    aws_secretsmanager_secret_version.tickets, aws_lb_listener.internal, aws_lb_listener.rehearsal,
  ]
}

data "aws_iam_policy_document" "origin" {
  statement {
    sid     = "Secrets"
    actions = ["secretsmanager:GetSecretValue"]
    resources = concat([
      aws_secretsmanager_secret.token.arn,
      aws_secretsmanager_secret.valkey.arn,
      aws_secretsmanager_secret.admin.arn,
      aws_secretsmanager_secret.tickets.arn,
      aws_db_instance.this.master_user_secret[0].secret_arn,
    ], local.mail[*].password_secret_arn)
  }

  statement {
    sid       = "Images"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    resources = ["${aws_s3_bucket.images.arn}/*"]
  }

  # Without this permission S3 returns 403 instead of 404 for a missing image.
  statement {
    sid       = "ImageList"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.images.arn]
  }

  # Reads and changes scheduled actions (origin/fleet.ts).
  statement {
    sid = "FleetWrite"
    actions = [
      "autoscaling:BatchPutScheduledUpdateGroupAction",
      "autoscaling:BatchDeleteScheduledAction",
    ]
    resources = [for fleet in ["edge", "origin"] : "arn:${local.partition}:autoscaling:${var.region}:${local.account_id}:autoScalingGroup:*:autoScalingGroupName/${local.name}-${fleet}"]
  }

  # AWS supports no narrower resource for these actions.
  statement {
    sid       = "FleetRead"
    actions   = ["autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeScheduledActions"]
    resources = ["*"]
  }
}
