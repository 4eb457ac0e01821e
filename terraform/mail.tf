# Mails of the shop, through SES over SMTP. Without var.mail none of this exists, and the shop sends no mail.

locals {
  mail = var.mail[*]
  # printf inserts the password (modules/fleet).
  smtp_url = [
    for mail in local.mail : {
      arn = mail.password_secret_arn
      url = "smtps://${mail.username}:%s@email-smtp.${var.region}.amazonaws.com:465"
    }
  ]
}

# SES signs the mails of the domain with keys that these records name.
resource "aws_ses_domain_identity" "this" {
  count = length(local.mail)

  domain = var.domain
}

resource "aws_ses_domain_dkim" "this" {
  count = length(local.mail)

  domain = aws_ses_domain_identity.this[count.index].domain
}

resource "aws_route53_record" "dkim" {
  count = 3 * length(local.mail)

  zone_id = var.hosted_zone_id
  name    = "${aws_ses_domain_dkim.this[0].dkim_tokens[count.index]}._domainkey.${var.domain}"
  type    = "CNAME"
  records = ["${aws_ses_domain_dkim.this[0].dkim_tokens[count.index]}.dkim.amazonses.com"]
  ttl     = 300
}

# Receivers put mails that name the domain and have no such signature into the spam folder.
resource "aws_route53_record" "dmarc" {
  count = length(local.mail)

  zone_id = var.hosted_zone_id
  name    = "_dmarc.${var.domain}"
  type    = "TXT"
  records = ["v=DMARC1; p=quarantine"]
  ttl     = 300
}
