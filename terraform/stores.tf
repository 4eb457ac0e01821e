# Valkey decides bookings; MySQL is the system of record.

locals {
  valkey_major = split(".", var.valkey.version)[0]
  # Clients use the configuration endpoint of a cluster, or the primary endpoint of a single shard.
  valkey_host = coalesce(
    var.valkey.cluster ? aws_elasticache_replication_group.this.configuration_endpoint_address : aws_elasticache_replication_group.this.primary_endpoint_address,
    "unknown",
  )
  redis_url = {
    arn = aws_secretsmanager_secret.valkey.arn
    url = "rediss://neticket:%s@${local.valkey_host}:6379${var.valkey.cluster ? "?cluster=yes" : ""}"
  }
  mysql_url = {
    arn   = aws_db_instance.this.master_user_secret[0].secret_arn
    field = "password"
    # printf inserts the password; %% is a literal %.
    url = "mysql://neticket:%s@${aws_db_instance.this.address}:3306/neticket?ssl=Amazon%%20RDS"
  }
}

resource "aws_elasticache_subnet_group" "this" {
  name        = local.name
  description = "Stores of ${local.name}"
  subnet_ids  = aws_subnet.stores[*].id
}

resource "aws_elasticache_parameter_group" "this" {
  name        = "${local.name}-valkey${local.valkey_major}${var.valkey.cluster ? "-cluster" : ""}"
  family      = "valkey${local.valkey_major}"
  description = "No eviction: a full store rejects writes"

  parameter {
    name  = "maxmemory-policy"
    value = "noeviction"
  }

  dynamic "parameter" {
    # A lost node must not stop the sales on other nodes (docs/decisions/0006).
    for_each = var.valkey.cluster ? { cluster-enabled = "yes", cluster-require-full-coverage = "no" } : {}

    content {
      name  = parameter.key
      value = parameter.value
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_elasticache_user" "this" {
  user_id       = local.name
  user_name     = "neticket"
  engine        = "valkey"
  access_string = "on ~* &* +@all -@dangerous +info"

  # The previous password stays valid until the next change, so that machines can switch at their own time.
  authentication_mode {
    type      = "password"
    passwords = [for generation in local.valkey_generations : random_password.valkey[generation].result]
  }
}

resource "aws_elasticache_user_group" "this" {
  user_group_id = local.name
  engine        = "valkey"
  user_ids      = [aws_elasticache_user.this.user_id]
}

resource "aws_elasticache_replication_group" "this" {
  replication_group_id = local.name
  description          = "Sales, booking logs and waiting rooms of ${local.name}"
  engine               = "valkey"
  engine_version       = var.valkey.version
  node_type            = var.valkey.node_type
  port                 = 6379
  parameter_group_name = aws_elasticache_parameter_group.this.name
  subnet_group_name    = aws_elasticache_subnet_group.this.name
  security_group_ids   = [aws_security_group.this["valkey"].id]
  user_group_ids       = [aws_elasticache_user_group.this.user_group_id]

  cluster_mode            = var.valkey.cluster ? "enabled" : "disabled"
  num_cache_clusters      = var.valkey.cluster ? null : 1 + var.valkey.replicas
  num_node_groups         = var.valkey.cluster ? var.valkey.shards : null
  replicas_per_node_group = var.valkey.cluster ? var.valkey.replicas : null

  automatic_failover_enabled = true
  multi_az_enabled           = true
  at_rest_encryption_enabled = true
  transit_encryption_enabled = true
  transit_encryption_mode    = "required"

  # Otherwise disruptive changes wait for the maintenance window: Tuesday 04:00 to 05:00 in Seoul.
  apply_immediately        = var.stores_change_at_once
  maintenance_window       = "mon:19:00-mon:20:00"
  snapshot_window          = "17:00-18:00"
  snapshot_retention_limit = var.valkey.snapshot_days
  # If AWS upgraded the version by itself, this would look like a downgrade, for which Terraform replaces the store.
  auto_minor_version_upgrade = false

  dynamic "log_delivery_configuration" {
    for_each = toset(["slow-log", "engine-log"])

    content {
      destination      = aws_cloudwatch_log_group.valkey[log_delivery_configuration.key].name
      destination_type = "cloudwatch-logs"
      log_format       = "json"
      log_type         = log_delivery_configuration.key
    }
  }
}

resource "aws_db_subnet_group" "this" {
  name        = local.name
  description = "Stores of ${local.name}"
  subnet_ids  = aws_subnet.stores[*].id
}

resource "aws_db_parameter_group" "this" {
  name        = "${local.name}-mysql84"
  family      = "mysql8.4"
  description = "Bulk write-back: large statements, small binary log, every commit on disk"

  dynamic "parameter" {
    for_each = {
      require_secure_transport       = "1"
      time_zone                      = "UTC"
      character_set_server           = "utf8mb4"
      collation_server               = "utf8mb4_unicode_ci"
      transaction_isolation          = "READ-COMMITTED"
      innodb_flush_log_at_trx_commit = "1"
      sync_binlog                    = "1"
      # A write-back batch is one statement with up to thousands of rows.
      max_allowed_packet = tostring(64 * 1024 * 1024)
      binlog_row_image   = "minimal"
      slow_query_log     = "1"
      long_query_time    = "1"
      log_output         = "FILE"
    }

    content {
      name  = parameter.key
      value = parameter.value
    }
  }

  parameter {
    name         = "innodb_log_buffer_size"
    value        = tostring(64 * 1024 * 1024)
    apply_method = "pending-reboot"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_db_instance" "this" {
  identifier     = local.name
  engine         = "mysql"
  engine_version = var.mysql.version
  instance_class = var.mysql.instance_class

  db_name  = "neticket"
  username = "neticket"
  # RDS creates the password, stores it in Secrets Manager and rotates it.
  manage_master_user_password = true

  allocated_storage     = var.mysql.storage
  max_allocated_storage = var.mysql.most_storage
  storage_type          = "gp3"
  storage_encrypted     = true
  ca_cert_identifier    = "rds-ca-rsa2048-g1"

  multi_az               = var.mysql.multi_az
  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = [aws_security_group.this["mysql"].id]
  publicly_accessible    = false
  parameter_group_name   = aws_db_parameter_group.this.name

  backup_retention_period    = var.mysql.backup_days
  backup_window              = "17:00-18:00"
  maintenance_window         = "mon:19:00-mon:20:00"
  auto_minor_version_upgrade = true
  apply_immediately          = var.stores_change_at_once
  copy_tags_to_snapshot      = true
  deletion_protection        = var.deletion_protection
  skip_final_snapshot        = false
  final_snapshot_identifier  = "${local.name}-final"
  delete_automated_backups   = !var.deletion_protection

  enabled_cloudwatch_logs_exports = ["error", "slowquery"]
  # The smallest burstable classes do not support it.
  performance_insights_enabled = !can(regex("^db\\.t[0-9]g?\\.(micro|small)$", var.mysql.instance_class))

  depends_on = [aws_cloudwatch_log_group.mysql]

  lifecycle {
    # RDS increases the storage and the minor version by itself.
    ignore_changes = [allocated_storage, engine_version]
  }
}
