# The edges, behind the public balancer, which accepts connections from CloudFront only.

resource "aws_lb" "public" {
  name                       = "${local.name}-public"
  load_balancer_type         = "application"
  internal                   = false
  subnets                    = aws_subnet.public[*].id
  security_groups            = [aws_security_group.this["public_balancer"].id]
  idle_timeout               = 60
  drop_invalid_header_fields = true
  desync_mitigation_mode     = "strictest"
  enable_deletion_protection = var.deletion_protection

  access_logs {
    bucket  = aws_s3_bucket.logs.id
    prefix  = "public"
    enabled = true
  }

  depends_on = [aws_s3_bucket_policy.logs, aws_route.internet]
}

resource "aws_lb_target_group" "edge" {
  name     = "${local.name}-edge"
  vpc_id   = aws_vpc.this.id
  port     = 8080
  protocol = "HTTP"
  # An edge that is deregistered finishes its responses within this time. Visitors with an event stream reconnect to another edge.
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

# The synthetic buyers of a rehearsal: an origin reaches the edges through the internal balancer, on a port that edges cannot connect to.
locals {
  rehearsal_port = 8443
}

resource "aws_lb_target_group" "rehearsal" {
  name                          = "${local.name}-rehearsal"
  vpc_id                        = aws_vpc.this.id
  port                          = 8080
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

resource "aws_lb_listener" "rehearsal" {
  load_balancer_arn = aws_lb.internal.arn
  port              = local.rehearsal_port
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = aws_acm_certificate_validation.balancers.certificate_arn

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.rehearsal.arn
  }
}

resource "aws_lb_listener" "public" {
  load_balancer_arn = aws_lb.public.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = aws_acm_certificate_validation.balancers.certificate_arn

  # CloudFront distributions of other accounts can reach the balancer too, but do not have the shared secret.
  default_action {
    type = "fixed-response"

    fixed_response {
      status_code  = "403"
      content_type = "text/plain"
      message_body = "Not this way."
    }
  }
}

resource "random_password" "cloudfront" {
  length  = 40
  special = false
}

resource "aws_lb_listener_rule" "cloudfront" {
  listener_arn = aws_lb_listener.public.arn
  priority     = 1

  condition {
    http_header {
      http_header_name = "X-From-Cloudfront"
      values           = [random_password.cloudfront.result]
    }
  }

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.edge.arn
  }
}

module "edge" {
  source = "./modules/fleet"

  name     = "${local.name}-edge"
  role     = "edge"
  system   = local.name
  region   = var.region
  image_id = local.image_id
  machine  = var.edge
  openings = var.openings
  port     = 8080

  metrics_port = 9464
  metrics = {
    "" = [
      "neticket_edge_admitted_total", "neticket_edge_in_flight", "neticket_edge_store_down_seconds",
      "neticket_room_waiting", "neticket_room_inside",
    ]
    kind  = ["neticket_edge_responses_total"]
    code  = ["neticket_edge_problems_total"]
    cause = ["neticket_room_held_by"]
    room  = ["neticket_room_waiting", "neticket_room_inside", "neticket_room_per_minute"]
  }

  subnet_ids        = aws_subnet.machines[*].id
  security_group_id = aws_security_group.this["edge"].id
  target_group = {
    arn            = aws_lb_target_group.edge.arn
    resource_label = "${aws_lb.public.arn_suffix}/${aws_lb_target_group.edge.arn_suffix}"
  }
  other_target_group_arns = [aws_lb_target_group.rehearsal.arn]

  release   = { bucket = var.releases_bucket, key = local.release_key }
  log_group = { name = aws_cloudwatch_log_group.program["edge"].name, arn = aws_cloudwatch_log_group.program["edge"].arn }

  settings = merge(var.edge_settings, {
    EDGE_HOST         = "0.0.0.0"
    EDGE_PORT         = "8080"
    EDGE_METRICS_PORT = "9464"
    ORIGIN_URL        = "https://${local.origin_host}"
    # CloudFront and the balancer: each appends the address of its client. Both forward the visitor's Host.
    TRUSTED_PROXIES = "2"
    DRAIN_MS        = "15000"
    RELEASE         = var.release
  })
  secrets = {
    TOKEN_SECRET = { arn = aws_secretsmanager_secret.token.arn }
    REDIS_URL    = local.redis_url
  }
  policy = data.aws_iam_policy_document.edge.json

  # A machine connects to stores and origins as soon as it starts.
  depends_on = [
    aws_vpc_endpoint.s3, aws_vpc_endpoint.this, aws_route_table_association.machines,
    aws_vpc_security_group_egress_rule.path, aws_vpc_security_group_ingress_rule.path, aws_vpc_security_group_egress_rule.s3,
    aws_secretsmanager_secret_version.token, aws_secretsmanager_secret_version.valkey,
    aws_route53_record.internal, aws_lb_listener.internal,
    # The request count for scaling needs a listener rule. An edge is ready once it has reached an origin, and origins wait for MySQL.
    aws_lb_listener_rule.cloudfront, aws_db_instance.this,
  ]
}

data "aws_iam_policy_document" "edge" {
  statement {
    sid       = "Secrets"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [aws_secretsmanager_secret.token.arn, aws_secretsmanager_secret.valkey.arn]
  }
}
