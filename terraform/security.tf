# The allowed connections between roles, one per line. All others are blocked; from outside, only CloudFront may connect.

data "aws_ec2_managed_prefix_list" "cloudfront" {
  name = "com.amazonaws.global.cloudfront.origin-facing"
}

locals {
  roles = {
    public_balancer   = "Public balancer: accepts connections from CloudFront only"
    edge              = "Edge machines"
    internal_balancer = "Balancer between edges and origins"
    origin            = "Origin machines"
    valkey            = "Valkey"
    mysql             = "MySQL"
    endpoints         = "Endpoints of AWS services"
  }

  paths = merge({
    public_to_edge      = { from = "public_balancer", to = "edge", port = 8080 }
    edge_to_internal    = { from = "edge", to = "internal_balancer", port = 443 }
    internal_to_origin  = { from = "internal_balancer", to = "origin", port = 3000 }
    origin_to_internal  = { from = "origin", to = "internal_balancer", port = local.rehearsal_port }
    internal_to_edge    = { from = "internal_balancer", to = "edge", port = 8080 }
    edge_to_valkey      = { from = "edge", to = "valkey", port = 6379 }
    origin_to_valkey    = { from = "origin", to = "valkey", port = 6379 }
    origin_to_mysql     = { from = "origin", to = "mysql", port = 3306 }
    edge_to_endpoints   = { from = "edge", to = "endpoints", port = 443 }
    origin_to_endpoints = { from = "origin", to = "endpoints", port = 443 }
  }, { for _ in local.mail : "origin_to_smtp" => { from = "origin", to = "endpoints", port = 465 } })
}

resource "aws_security_group" "this" {
  for_each = local.roles

  name        = "${local.name}-${replace(each.key, "_", "-")}"
  description = each.value
  vpc_id      = aws_vpc.this.id
  tags        = { Name = "${local.name}-${replace(each.key, "_", "-")}" }
}

resource "aws_vpc_security_group_egress_rule" "path" {
  for_each = local.paths

  security_group_id            = aws_security_group.this[each.value.from].id
  referenced_security_group_id = aws_security_group.this[each.value.to].id
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
  description                  = "to ${replace(each.value.to, "_", " ")}"
}

resource "aws_vpc_security_group_ingress_rule" "path" {
  for_each = local.paths

  security_group_id            = aws_security_group.this[each.value.to].id
  referenced_security_group_id = aws_security_group.this[each.value.from].id
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
  description                  = "from ${replace(each.value.from, "_", " ")}"
}

resource "aws_vpc_security_group_ingress_rule" "cloudfront" {
  security_group_id = aws_security_group.this["public_balancer"].id
  prefix_list_id    = data.aws_ec2_managed_prefix_list.cloudfront.id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  description       = "from CloudFront"
}

resource "aws_vpc_security_group_egress_rule" "s3" {
  for_each = toset(["edge", "origin"])

  security_group_id = aws_security_group.this[each.key].id
  prefix_list_id    = aws_vpc_endpoint.s3.prefix_list_id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  description       = "to S3"
}
