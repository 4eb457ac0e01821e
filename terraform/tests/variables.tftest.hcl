# Mistakes in a variable file are told before anything is made.

variables {
  release = "0123456789ab"
}

run "a_release_is_a_commit" {
  command = plan

  variables {
    release = "latest"
  }

  expect_failures = [var.release]
}

run "an_opening_has_a_zone" {
  command = plan

  variables {
    openings = [{ name = "spring", at = "2099-03-01T20:00:00" }]
  }

  expect_failures = [var.openings]
}

run "a_fleet_outlives_a_zone" {
  command = plan

  variables {
    edge = { idle = 1, sale = 4, most = 6 }
  }

  expect_failures = [var.edge]
}

run "a_store_has_a_replica" {
  command = plan

  variables {
    valkey = { node_type = "cache.t4g.small", replicas = 0 }
  }

  expect_failures = [var.valkey]
}

run "backups_cannot_be_switched_off" {
  command = plan

  variables {
    mysql = { instance_class = "db.t4g.small", backup_days = 0 }
  }

  expect_failures = [var.mysql]
}

run "releases_are_built_for_graviton" {
  command = plan

  variables {
    origin = { instance_type = "t3.small", idle = 2, sale = 2, most = 2 }
  }

  expect_failures = [var.origin]
}

run "settings_that_terraform_makes_cannot_be_given" {
  command = plan

  variables {
    edge_settings = { TOKEN_SECRET = "a word that would stand in the state" }
  }

  expect_failures = [var.edge_settings]
}
