# Mail: nothing exists without the variable; with it, origins alone reach the mail server, and the password is in no setting.

variables {
  release = "0123456789ab"
}

run "without_mail" {
  command = plan

  assert {
    condition     = !contains(keys(aws_vpc_endpoint.this), "email-smtp") && length(aws_ses_domain_identity.this) == 0 && length(local.smtp_url) == 0
    error_message = "Without var.mail there must be no mail server."
  }
  assert {
    condition     = !contains(keys(aws_cloudwatch_metric_alarm.this), "dead-mails")
    error_message = "A shop without mail must not raise alarms about it."
  }
}

run "with_mail" {
  command = plan

  variables {
    mail = {
      username            = "AKIAEXAMPLE"
      password_secret_arn = "arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:neticket-smtp-AbCdEf"
      sender              = "no-reply"
    }
  }

  assert {
    condition     = one(local.smtp_url) == { arn = var.mail.password_secret_arn, url = "smtps://AKIAEXAMPLE:%s@email-smtp.${var.region}.amazonaws.com:465" }
    error_message = "Origins must speak TLS with SES, with the password from the secret."
  }
  assert {
    condition     = contains(keys(aws_vpc_endpoint.this), "email-smtp") && toset([for path in values(local.paths) : "${path.from} ${path.to}" if path.port == 465]) == toset(["origin endpoints"])
    error_message = "Only origins send mail, through an endpoint."
  }
  assert {
    condition     = length(aws_route53_record.dkim) == 3 && one(aws_ses_domain_identity.this).domain == var.domain
    error_message = "SES must sign the mails of the domain."
  }
  assert {
    condition     = one(aws_cloudwatch_metric_alarm.this["dead-mails"].metric_query).metric[0].metric_name == "neticket_dead_mails_total"
    error_message = "Mails that cannot be sent must raise an alarm."
  }
}

run "sender_has_no_domain" {
  command = plan

  variables {
    mail = {
      username            = "AKIAEXAMPLE"
      password_secret_arn = "arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:neticket-smtp-AbCdEf"
      sender              = "someone@example.org"
    }
  }

  expect_failures = [var.mail]
}
