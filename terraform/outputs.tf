output "site_url" {
  description = "Address of the shop, for buyers, benchmarks and the smoke test"
  value       = "https://${var.domain}"
}

output "region" {
  description = "AWS region"
  value       = var.region
}

output "alb_dns_name" {
  description = "Public balancer; accepts connections from CloudFront only"
  value       = aws_lb.public.dns_name
}

output "edge_group" {
  description = "Auto Scaling group of the edges; a deploy waits for its instance refresh"
  value       = module.edge.name
}

output "origin_group" {
  description = "Auto Scaling group of the origins; a deploy waits for its instance refresh"
  value       = module.origin.name
}

output "edge_template" {
  description = "Launch template of the edges for roll.sh, id:version"
  value       = module.edge.template
}

output "origin_template" {
  description = "Launch template of the origins for roll.sh, id:version"
  value       = module.origin.template
}

output "releases_bucket" {
  description = "Bucket to which a deploy uploads releases"
  value       = var.releases_bucket
}

output "images_bucket" {
  description = "Bucket of event images"
  value       = aws_s3_bucket.images.id
}

output "mysql_endpoint" {
  description = "Host of MySQL, reachable inside the network"
  value       = aws_db_instance.this.address
}

output "valkey_endpoint" {
  description = "Host of Valkey, reachable inside the network"
  value       = local.valkey_host
}

output "token_secret_arn" {
  description = "Secret with the token keys"
  value       = aws_secretsmanager_secret.token.arn
}

output "mysql_secret_arn" {
  description = "Secret with MySQL's password, which RDS manages"
  value       = aws_db_instance.this.master_user_secret[0].secret_arn
}

output "admin_secret_arn" {
  description = "Secret with the first admin's password"
  value       = aws_secretsmanager_secret.admin.arn
}

output "dashboard_url" {
  description = "CloudWatch dashboard"
  value       = "https://${var.region}.console.aws.amazon.com/cloudwatch/home?region=${var.region}#dashboards/dashboard/${aws_cloudwatch_dashboard.this.dashboard_name}"
}
