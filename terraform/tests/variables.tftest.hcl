# A plan rejects mistakes in a variable file.

variables {
  release = "0123456789ab"
}

run "release_must_be_a_commit" {
  command = plan

  variables {
    release = "latest"
  }

  expect_failures = [var.release]
}

run "opening_needs_a_time_zone" {
  command = plan

  variables {
    openings = [{ name = "spring", at = "2099-03-01T20:00:00" }]
  }

  expect_failures = [var.openings]
}

run "fleet_needs_two_machines" {
  command = plan

  variables {
    edge = { idle = 1, sale = 4, most = 6 }
  }

  expect_failures = [var.edge]
}

run "valkey_needs_a_replica" {
  command = plan

  variables {
    valkey = { node_type = "cache.t4g.small", replicas = 0 }
  }

  expect_failures = [var.valkey]
}

run "backups_cannot_be_disabled" {
  command = plan

  variables {
    mysql = { instance_class = "db.t4g.small", backup_days = 0 }
  }

  expect_failures = [var.mysql]
}

run "instance_types_must_be_graviton" {
  command = plan

  variables {
    origin = { instance_type = "t3.small", idle = 2, sale = 2, most = 2 }
  }

  expect_failures = [var.origin]
}

run "computed_settings_cannot_be_overridden" {
  command = plan

  variables {
    edge_settings = { TOKEN_SECRET = "a word that would stand in the state" }
  }

  expect_failures = [var.edge_settings]
}

run "vcpus_must_be_those_of_the_type" {
  command = plan

  variables {
    edge = { instance_type = "t4g.small", vcpus = 1, idle = 2, sale = 4, most = 6 }
  }

  expect_failures = [var.edge]
}
