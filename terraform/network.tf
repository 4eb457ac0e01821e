# One network: public subnets for the public balancer only, private subnets for machines, isolated subnets for stores. There is no NAT:
# machines use AWS services through endpoints, and need nothing else.

resource "aws_vpc" "this" {
  cidr_block           = var.vpc_cidr
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = { Name = local.name }
}

# The default group has no rules, so a resource that gets it by mistake has no network access.
resource "aws_default_security_group" "this" {
  vpc_id  = aws_vpc.this.id
  ingress = []
  egress  = []
  tags    = { Name = "${local.name}-default-closed" }
}

resource "aws_subnet" "public" {
  count = var.zones

  vpc_id            = aws_vpc.this.id
  availability_zone = local.zones[count.index]
  cidr_block        = cidrsubnet(var.vpc_cidr, 4, count.index)
  tags              = { Name = "${local.name}-public-${local.zones[count.index]}" }
}

resource "aws_subnet" "machines" {
  count = var.zones

  vpc_id            = aws_vpc.this.id
  availability_zone = local.zones[count.index]
  cidr_block        = cidrsubnet(var.vpc_cidr, 4, 4 + count.index)
  tags              = { Name = "${local.name}-machines-${local.zones[count.index]}" }
}

resource "aws_subnet" "stores" {
  count = var.zones

  vpc_id            = aws_vpc.this.id
  availability_zone = local.zones[count.index]
  cidr_block        = cidrsubnet(var.vpc_cidr, 4, 8 + count.index)
  tags              = { Name = "${local.name}-stores-${local.zones[count.index]}" }
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = local.name }
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "${local.name}-public" }
}

resource "aws_route" "internet" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this.id
}

resource "aws_route_table_association" "public" {
  count = var.zones

  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public.id
}

resource "aws_route_table" "machines" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "${local.name}-machines" }
}

resource "aws_route_table_association" "machines" {
  count = var.zones

  subnet_id      = aws_subnet.machines[count.index].id
  route_table_id = aws_route_table.machines.id
}

resource "aws_route_table" "stores" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "${local.name}-stores" }
}

resource "aws_route_table_association" "stores" {
  count = var.zones

  subnet_id      = aws_subnet.stores[count.index].id
  route_table_id = aws_route_table.stores.id
}

# Releases, images and the package repositories of Amazon Linux are in S3. A gateway endpoint is free.
resource "aws_vpc_endpoint" "s3" {
  vpc_id            = aws_vpc.this.id
  vpc_endpoint_type = "Gateway"
  service_name      = "com.amazonaws.${var.region}.s3"
  route_table_ids   = [aws_route_table.machines.id]
  tags              = { Name = "${local.name}-s3" }
}

resource "aws_vpc_endpoint" "this" {
  # Secrets, logs (which contain the metrics), lifecycle hooks and scheduled actions of the fleets, shells without SSH, and mail.
  for_each = toset(concat(["secretsmanager", "logs", "autoscaling", "ssm", "ssmmessages"], [for _ in local.mail : "email-smtp"]))

  vpc_id              = aws_vpc.this.id
  vpc_endpoint_type   = "Interface"
  service_name        = "com.amazonaws.${var.region}.${each.key}"
  subnet_ids          = slice(aws_subnet.machines[*].id, 0, var.endpoint_zones)
  security_group_ids  = [aws_security_group.this["endpoints"].id]
  private_dns_enabled = true
  tags                = { Name = "${local.name}-${each.key}" }
}

resource "aws_flow_log" "this" {
  vpc_id                   = aws_vpc.this.id
  traffic_type             = "REJECT"
  log_destination_type     = "s3"
  log_destination          = "${aws_s3_bucket.logs.arn}/flow/"
  max_aggregation_interval = 600
  tags                     = { Name = local.name }

  depends_on = [aws_s3_bucket_policy.logs]
}
