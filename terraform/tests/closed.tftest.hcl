# Only CloudFront and its balancer are public, and everything is encrypted. Run per environment: terraform test -var-file=envs/….tfvars

variables {
  release = "0123456789ab"
}

run "nothing_is_public_but_the_balancer_and_cloudfront" {
  command = plan

  assert {
    condition     = aws_lb.internal.internal && !aws_lb.public.internal
    error_message = "The origins' balancer must be internal, and the public one is the only other."
  }
  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_ingress_rule.path : rule.cidr_ipv4 == null && rule.cidr_ipv6 == null && rule.prefix_list_id == null])
    error_message = "Ingress goes from role to role, never from addresses."
  }
  assert {
    condition     = aws_vpc_security_group_ingress_rule.cloudfront.cidr_ipv4 == null && data.aws_ec2_managed_prefix_list.cloudfront.name == "com.amazonaws.global.cloudfront.origin-facing"
    error_message = "The public balancer must accept CloudFront's addresses only."
  }
  assert {
    condition     = alltrue([for path in values(local.paths) : !contains(["edge", "origin", "valkey", "mysql", "internal_balancer"], path.to) || contains(["public_balancer", "edge", "internal_balancer", "origin"], path.from)])
    error_message = "A rule names an unknown role."
  }
  assert {
    condition     = toset([for path in values(local.paths) : "${path.from} ${path.to}" if contains(["valkey", "mysql"], path.to)]) == toset(["edge valkey", "origin valkey", "origin mysql"])
    error_message = "Edges and origins may connect to Valkey, only origins to MySQL."
  }
  assert {
    condition     = [for path in values(local.paths) : "${path.from} ${path.port}" if path.to == "internal_balancer"] == ["edge 443", "origin 8443"] && aws_lb_listener.rehearsal.port == 8443
    error_message = "Only origins may reach the edges through the internal balancer, on a port of its own."
  }
  assert {
    condition     = length(aws_default_security_group.this.ingress) == 0 && length(aws_default_security_group.this.egress) == 0
    error_message = "The default security group must be closed."
  }
  assert {
    condition     = alltrue([for subnet in concat(aws_subnet.public, aws_subnet.machines, aws_subnet.stores) : !subnet.map_public_ip_on_launch])
    error_message = "No machine may get a public address automatically."
  }
  assert {
    condition     = !aws_db_instance.this.publicly_accessible
    error_message = "MySQL must not be public."
  }
  assert {
    condition     = alltrue([for block in aws_s3_bucket_public_access_block.this : block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets])
    error_message = "Buckets must block public access."
  }
  assert {
    condition     = one(aws_lb_listener.public.default_action).type == "fixed-response"
    error_message = "Requests that do not come through our CloudFront must be rejected."
  }
}

run "everything_is_encrypted" {
  command = plan

  assert {
    condition     = aws_db_instance.this.storage_encrypted && one([for parameter in aws_db_parameter_group.this.parameter : parameter.value if parameter.name == "require_secure_transport"]) == "1"
    error_message = "MySQL must be encrypted at rest and refuse connections without TLS."
  }
  assert {
    condition     = tobool(aws_elasticache_replication_group.this.at_rest_encryption_enabled) && aws_elasticache_replication_group.this.transit_encryption_enabled && aws_elasticache_replication_group.this.transit_encryption_mode == "required"
    error_message = "Valkey must be encrypted at rest and in transit."
  }
  assert {
    condition     = alltrue([for configuration in aws_s3_bucket_server_side_encryption_configuration.this : one(one(configuration.rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256"])
    error_message = "Buckets must be encrypted."
  }
  assert {
    condition     = alltrue([for listener in [aws_lb_listener.public, aws_lb_listener.internal, aws_lb_listener.rehearsal] : listener.protocol == "HTTPS" && startswith(listener.ssl_policy, "ELBSecurityPolicy-TLS13-")])
    error_message = "Balancers must accept TLS 1.2 and 1.3 only."
  }
  assert {
    condition = alltrue([
      for behavior in concat(aws_cloudfront_distribution.this.default_cache_behavior, aws_cloudfront_distribution.this.ordered_cache_behavior) :
      contains(["redirect-to-https", "https-only"], behavior.viewer_protocol_policy)
    ])
    error_message = "CloudFront must serve HTTPS only."
  }
  assert {
    condition     = startswith(one(aws_cloudfront_distribution.this.viewer_certificate).minimum_protocol_version, "TLSv1.2")
    error_message = "CloudFront must require TLS 1.2."
  }
  assert {
    condition = alltrue([
      for policy in [aws_cloudfront_response_headers_policy.site, aws_cloudfront_response_headers_policy.images] :
      one(one(policy.security_headers_config).strict_transport_security).access_control_max_age_sec >= 31536000 &&
      one(one(policy.security_headers_config).strict_transport_security).include_subdomains
    ])
    error_message = "Browsers must return over TLS for a year, to subdomains too."
  }
}

run "personal_responses_are_not_cached" {
  command = plan

  assert {
    condition     = data.aws_cloudfront_cache_policy.none.name == "Managed-CachingDisabled"
    error_message = "The CDN must cache only responses that are named as shared."
  }
  assert {
    condition     = toset([for behavior in aws_cloudfront_distribution.this.ordered_cache_behavior : behavior.path_pattern]) == toset(["/queue/*/snapshot", "/static/*", "/images/*"])
    error_message = "Only these paths are the same for everyone."
  }
  assert {
    condition = alltrue([
      for policy in [aws_cloudfront_cache_policy.files, aws_cloudfront_cache_policy.snapshot] :
      one(one(policy.parameters_in_cache_key_and_forwarded_to_origin).cookies_config).cookie_behavior == "none"
    ])
    error_message = "The CDN must request shared responses without cookies."
  }
  assert {
    condition = toset([for response in aws_cloudfront_distribution.this.custom_error_response : response.error_code if response.error_caching_min_ttl == 0]) == toset([
      400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504,
    ])
    error_message = "CloudFront caches errors for ten seconds, unless each code is configured."
  }
}

run "mistakes_destroy_no_data" {
  command = plan

  variables {
    deletion_protection = true
  }

  assert {
    condition     = aws_db_instance.this.deletion_protection && !aws_db_instance.this.skip_final_snapshot && !aws_db_instance.this.delete_automated_backups && aws_db_instance.this.backup_retention_period >= 7
    error_message = "MySQL must leave a final snapshot and keep a week of backups."
  }
  assert {
    condition     = (aws_db_instance.this.multi_az || var.environment == "small") && aws_elasticache_replication_group.this.automatic_failover_enabled && aws_elasticache_replication_group.this.multi_az_enabled
    error_message = "A store must survive the loss of a zone, except MySQL in the environment small, which has backups."
  }
  assert {
    condition     = !aws_s3_bucket.images.force_destroy && one(aws_s3_bucket_versioning.images.versioning_configuration).status == "Enabled"
    error_message = "Images must not be destroyed with the bucket."
  }
  assert {
    condition     = one([for parameter in aws_elasticache_parameter_group.this.parameter : parameter.value if parameter.name == "maxmemory-policy"]) == "noeviction"
    error_message = "A full Valkey must reject writes instead of evicting seats."
  }
  assert {
    condition     = alltrue([for name in ["innodb_flush_log_at_trx_commit", "sync_binlog"] : one([for parameter in aws_db_parameter_group.this.parameter : parameter.value if parameter.name == name]) == "1"])
    error_message = "MySQL must sync commits to disk."
  }
}
