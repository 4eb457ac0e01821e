# Names and certificates. Buyers connect to CloudFront, CloudFront to the public balancer (`lb.`), and edges to the internal balancer (`origin.`).

locals {
  balancer_host = "lb.${var.domain}"
  validation    = { for option in aws_acm_certificate.balancers.domain_validation_options : option.domain_name => option }
}

resource "aws_acm_certificate" "balancers" {
  domain_name               = var.domain
  subject_alternative_names = [local.balancer_host, local.origin_host]
  validation_method         = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

# CloudFront accepts certificates from this region only.
resource "aws_acm_certificate" "cloudfront" {
  region            = "us-east-1"
  domain_name       = var.domain
  validation_method = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

# All certificates of an account share the validation record of a name, so the balancers' records validate CloudFront's certificate too.
resource "aws_route53_record" "validation" {
  for_each = toset([var.domain, local.balancer_host, local.origin_host])

  zone_id         = var.hosted_zone_id
  name            = local.validation[each.key].resource_record_name
  type            = local.validation[each.key].resource_record_type
  records         = [local.validation[each.key].resource_record_value]
  ttl             = 300
  allow_overwrite = true
}

resource "aws_acm_certificate_validation" "balancers" {
  certificate_arn         = aws_acm_certificate.balancers.arn
  validation_record_fqdns = [for record in aws_route53_record.validation : record.fqdn]
}

resource "aws_acm_certificate_validation" "cloudfront" {
  region                  = "us-east-1"
  certificate_arn         = aws_acm_certificate.cloudfront.arn
  validation_record_fqdns = [aws_route53_record.validation[var.domain].fqdn]
}

resource "aws_route53_record" "site" {
  for_each = toset(["A", "AAAA"])

  zone_id = var.hosted_zone_id
  name    = var.domain
  type    = each.key

  alias {
    name                   = aws_cloudfront_distribution.this.domain_name
    zone_id                = aws_cloudfront_distribution.this.hosted_zone_id
    evaluate_target_health = false
  }
}

resource "aws_route53_record" "balancer" {
  zone_id = var.hosted_zone_id
  name    = local.balancer_host
  type    = "A"

  alias {
    name                   = aws_lb.public.dns_name
    zone_id                = aws_lb.public.zone_id
    evaluate_target_health = false
  }
}
