# Each environment has its documented sizes, and grows for an opening.

variables {
  release = "0123456789ab"
}

run "sizes" {
  command = plan

  variables {
    openings = [{ name = "spring", at = "2099-03-01T20:00:00+09:00" }]
  }

  assert {
    condition     = contains(["small", "sale"], var.environment)
    error_message = "Sizes are known for small and sale: pass one of their files with -var-file."
  }
  assert {
    condition     = module.edge.instance_type == "t4g.small" && module.origin.instance_type == "t4g.small"
    error_message = "Fleets use t4g.small by default."
  }
  assert {
    condition     = module.edge.cpu_target == 25 && module.origin.cpu_target == 25
    error_message = "A program that uses half of its core takes 25 % of a machine with two: the fleet must grow then, since it never takes 50 %."
  }
  assert {
    condition     = tolist([var.edge.idle, var.edge.sale, var.edge.most]) == tolist(var.environment == "small" ? [2, 4, 6] : [2, 10, 20])
    error_message = "The edge fleet does not have the size of this environment."
  }
  assert {
    condition     = tolist([var.origin.idle, var.origin.sale, var.origin.most]) == tolist(var.environment == "small" ? [2, 3, 4] : [2, 6, 12])
    error_message = "The origin fleet does not have the size of this environment."
  }
  assert {
    condition     = aws_db_instance.this.instance_class == (var.environment == "small" ? "db.t4g.small" : "db.r7g.large") && aws_elasticache_replication_group.this.node_type == (var.environment == "small" ? "cache.t4g.micro" : "cache.r7g.large")
    error_message = "The stores do not have the size of this environment."
  }
  assert {
    condition     = length(aws_subnet.machines) == (var.environment == "small" ? 2 : 3) && length(aws_wafv2_web_acl.this) == (var.environment == "small" ? 0 : 1)
    error_message = "Zones or firewall do not match this environment."
  }
  assert {
    condition     = module.edge.steps == { "2099-03-01T10:30:00Z" = var.edge.sale, "2099-03-01T12:00:00Z" = var.edge.idle }
    error_message = "The edges must have grown half an hour before 20:00 in Seoul, which is 11:00 UTC, and shrink an hour after it."
  }
  assert {
    condition     = module.origin.steps == { "2099-03-01T10:30:00Z" = var.origin.sale, "2099-03-01T12:00:00Z" = var.origin.idle }
    error_message = "The origins must have grown half an hour before 20:00 in Seoul, which is 11:00 UTC, and shrink an hour after it."
  }
}

run "cluster_mode_has_shards" {
  command = plan

  variables {
    valkey = { node_type = "cache.r7g.large", cluster = true, shards = 3, replicas = 1 }
  }

  assert {
    condition     = aws_elasticache_replication_group.this.num_node_groups == 3 && aws_elasticache_replication_group.this.replicas_per_node_group == 1 && aws_elasticache_replication_group.this.cluster_mode == "enabled"
    error_message = "Cluster mode must have its shards."
  }
  assert {
    condition     = one([for parameter in aws_elasticache_parameter_group.this.parameter : parameter.value if parameter.name == "cluster-enabled"]) == "yes" && one([for parameter in aws_elasticache_parameter_group.this.parameter : parameter.value if parameter.name == "cluster-require-full-coverage"]) == "no" && length([for name in keys(local.alarms) : name if startswith(name, "valkey-cpu-")]) == 6
    error_message = "Cluster mode needs its parameters, and an alarm for each node."
  }
}

run "a_budget_belongs_to_one_environment_of_an_account" {
  command = plan

  variables {
    monthly_budget = null
  }

  assert {
    condition     = length(aws_budgets_budget.month) == 0
    error_message = "The budget of the account must not exist twice, with two amounts."
  }
}
