# Nothing is open that need not be, and everything is encrypted. Run for each environment: terraform test -var-file=envs/….tfvars

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
    error_message = "The public balancer is open to CloudFront's addresses alone."
  }
  assert {
    condition     = alltrue([for path in values(local.paths) : !contains(["edge", "origin", "valkey", "mysql", "internal_balancer"], path.to) || contains(["public_balancer", "edge", "internal_balancer", "origin"], path.from)])
    error_message = "A path leads from a role that is not known."
  }
  assert {
    condition     = toset([for path in values(local.paths) : "${path.from} ${path.to}" if contains(["valkey", "mysql"], path.to)]) == toset(["edge valkey", "origin valkey", "origin mysql"])
    error_message = "Edges and origins speak to Valkey, origins alone to MySQL."
  }
  assert {
    condition     = length(aws_default_security_group.this.ingress) == 0 && length(aws_default_security_group.this.egress) == 0
    error_message = "The default security group must be closed."
  }
  assert {
    condition     = alltrue([for subnet in concat(aws_subnet.public, aws_subnet.machines, aws_subnet.stores) : !subnet.map_public_ip_on_launch])
    error_message = "No machine gets a public address by itself."
  }
  assert {
    condition     = !aws_db_instance.this.publicly_accessible
    error_message = "MySQL must not be public."
  }
  assert {
    condition     = alltrue([for block in aws_s3_bucket_public_access_block.this : block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets])
    error_message = "Buckets must be closed to the public."
  }
  assert {
    condition     = one(aws_lb_listener.public.default_action).type == "fixed-response"
    error_message = "Whoever does not come by our CloudFront must be refused."
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
    error_message = "Valkey must be encrypted at rest and on the way."
  }
  assert {
    condition     = alltrue([for configuration in aws_s3_bucket_server_side_encryption_configuration.this : one(one(configuration.rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256"])
    error_message = "Buckets must be encrypted."
  }
  assert {
    condition     = alltrue([for listener in [aws_lb_listener.public, aws_lb_listener.internal] : listener.protocol == "HTTPS" && startswith(listener.ssl_policy, "ELBSecurityPolicy-TLS13-")])
    error_message = "Balancers speak TLS 1.2 or 1.3 alone."
  }
  assert {
    condition = alltrue([
      for behavior in concat(aws_cloudfront_distribution.this.default_cache_behavior, aws_cloudfront_distribution.this.ordered_cache_behavior) :
      contains(["redirect-to-https", "https-only"], behavior.viewer_protocol_policy)
    ])
    error_message = "CloudFront must not answer without TLS."
  }
  assert {
    condition     = startswith(one(aws_cloudfront_distribution.this.viewer_certificate).minimum_protocol_version, "TLSv1.2")
    error_message = "CloudFront speaks TLS 1.2 at least."
  }
}

run "one_visitors_answer_is_nobody_elses" {
  command = plan

  assert {
    condition     = data.aws_cloudfront_cache_policy.none.name == "Managed-CachingDisabled"
    error_message = "What is not named as shared must not be kept by the CDN."
  }
  assert {
    condition     = toset([for behavior in aws_cloudfront_distribution.this.ordered_cache_behavior : behavior.path_pattern]) == toset(["/queue/*/snapshot", "/static/*", "/images/*"])
    error_message = "These paths alone are the same for everybody."
  }
  assert {
    condition = alltrue([
      for policy in [aws_cloudfront_cache_policy.files, aws_cloudfront_cache_policy.snapshot] :
      one(one(policy.parameters_in_cache_key_and_forwarded_to_origin).cookies_config).cookie_behavior == "none"
    ])
    error_message = "A shared answer is asked for without cookies."
  }
  assert {
    condition = toset([for response in aws_cloudfront_distribution.this.custom_error_response : response.error_code if response.error_caching_min_ttl == 0]) == toset([
      400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504,
    ])
    error_message = "CloudFront keeps errors for ten seconds unless told otherwise, for each code."
  }
}

run "nothing_is_lost_by_a_mistake" {
  command = plan

  variables {
    deletion_protection = true
  }

  assert {
    condition     = aws_db_instance.this.deletion_protection && !aws_db_instance.this.skip_final_snapshot && !aws_db_instance.this.delete_automated_backups && aws_db_instance.this.backup_retention_period >= 7
    error_message = "MySQL must not go without a last snapshot, and keeps a week of backups."
  }
  assert {
    condition     = (aws_db_instance.this.multi_az || var.environment == "small") && aws_elasticache_replication_group.this.automatic_failover_enabled && aws_elasticache_replication_group.this.multi_az_enabled
    error_message = "A store must outlive its zone; MySQL of small alone may be away with its zone, and has its backups."
  }
  assert {
    condition     = !aws_s3_bucket.images.force_destroy && one(aws_s3_bucket_versioning.images.versioning_configuration).status == "Enabled"
    error_message = "Images must not be destroyed with the bucket."
  }
  assert {
    condition     = one([for parameter in aws_elasticache_parameter_group.this.parameter : parameter.value if parameter.name == "maxmemory-policy"]) == "noeviction"
    error_message = "A full Valkey must refuse, not forget seats."
  }
  assert {
    condition     = alltrue([for name in ["innodb_flush_log_at_trx_commit", "sync_binlog"] : one([for parameter in aws_db_parameter_group.this.parameter : parameter.value if parameter.name == name]) == "1"])
    error_message = "What MySQL has committed must be on its disk."
  }
}
