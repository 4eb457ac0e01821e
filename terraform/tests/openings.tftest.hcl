# The fleet's minimum size over time, from the list of openings.

variables {
  name              = "neticket-test-edge"
  role              = "edge"
  port              = 8080
  metrics_port      = 9464
  metrics           = { "" = ["neticket_room_waiting"] }
  region            = "ap-northeast-2"
  system            = "neticket-test"
  image_id          = "ami-0123456789abcdef0"
  machine           = { instance_type = "t4g.small", vcpus = 2, idle = 2, sale = 10, most = 20, requests_per_target = 1000 }
  subnet_ids        = ["subnet-0123456789abcdef0"]
  security_group_id = "sg-0123456789abcdef0"
  target_group      = { arn = "arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:targetgroup/a/0123456789abcdef", resource_label = "app/a/b/targetgroup/a/c" }
  release           = { bucket = "releases", key = "releases/neticket-0123456789ab-linux-arm64.tar.gz" }
  settings          = { EDGE_PORT = "8080" }
  secrets           = { TOKEN_SECRET = { arn = "token" } }
  policy            = "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
  log_group         = { name = "/neticket-test/edge", arn = "arn:aws:logs:ap-northeast-2:123456789012:log-group:/neticket-test/edge" }
  openings          = []
}

run "time_zones_are_converted" {
  command = plan

  module {
    source = "./modules/fleet"
  }

  variables {
    openings = [
      { name = "seoul", at = "2099-03-02T08:00:00+09:00", lead_minutes = 30, hold_minutes = 60 },
      { name = "india", at = "2099-04-01T00:15:00+05:30", lead_minutes = 30, hold_minutes = 60 },
      { name = "brazil", at = "2099-05-01T23:00:00-03:00", lead_minutes = 30, hold_minutes = 60 },
      { name = "utc", at = "2099-06-01T12:00:00Z", lead_minutes = 30, hold_minutes = 60 },
    ]
  }

  assert {
    condition = output.steps == {
      "2099-03-01T22:30:00Z" = 10, "2099-03-02T00:00:00Z" = 2,
      "2099-03-31T18:15:00Z" = 10, "2099-03-31T19:45:00Z" = 2,
      "2099-05-02T01:30:00Z" = 10, "2099-05-02T03:00:00Z" = 2,
      "2099-06-01T11:30:00Z" = 10, "2099-06-01T13:00:00Z" = 2,
    }
    error_message = "An opening is scheduled at the wrong instant."
  }
  assert {
    condition     = alltrue([for at, action in aws_autoscaling_schedule.planned : action.start_time == at && endswith(at, "Z")])
    error_message = "A scheduled action starts in the wrong zone."
  }
  assert {
    condition     = alltrue([for action in aws_autoscaling_schedule.planned : action.max_size == -1 && action.desired_capacity == -1 && startswith(action.scheduled_action_name, "planned-")])
    error_message = "Scheduled actions must change the minimum size only, and have names that the program ignores."
  }
}

run "overlapping_openings_are_merged" {
  command = plan

  module {
    source = "./modules/fleet"
  }

  variables {
    openings = [
      { name = "first", at = "2099-03-01T11:00:00Z", lead_minutes = 30, hold_minutes = 60 },
      { name = "second", at = "2099-03-01T11:30:00Z", lead_minutes = 30, hold_minutes = 60 },
      { name = "at-the-same-time", at = "2099-03-01T20:00:00+09:00", lead_minutes = 30, hold_minutes = 60 },
      { name = "when-the-second-ends", at = "2099-03-01T13:00:00Z", lead_minutes = 30, hold_minutes = 60 },
    ]
  }

  assert {
    condition = output.steps == {
      "2099-03-01T10:30:00Z" = 10,
      "2099-03-01T11:00:00Z" = 10,
      "2099-03-01T12:00:00Z" = 10,
      "2099-03-01T12:30:00Z" = 10,
      "2099-03-01T14:00:00Z" = 2,
    }
    error_message = "The fleet must stay grown until the last opening is over."
  }
}

run "past_openings_are_not_scheduled" {
  command = plan

  module {
    source = "./modules/fleet"
  }

  variables {
    openings = [{ name = "long-ago", at = "2020-03-01T11:00:00Z", lead_minutes = 30, hold_minutes = 60 }]
  }

  assert {
    condition     = length(aws_autoscaling_schedule.planned) == 0
    error_message = "AWS accepts no action in the past."
  }
}

run "user_data_is_complete" {
  command = plan

  module {
    source = "./modules/fleet"
  }

  assert {
    condition     = toset([for file in yamldecode(output.user_data).write_files : file.path if startswith(file.path, "/usr/") || endswith(file.path, "edge.service")]) == toset(["/usr/local/sbin/neticket-environment", "/usr/local/sbin/neticket-ready", "/etc/systemd/system/neticket-edge.service"])
    error_message = "A file is missing on the machine."
  }
  assert {
    condition     = strcontains(base64decode(one([for file in yamldecode(output.user_data).write_files : file.content if file.path == "/usr/local/sbin/neticket-environment"])), "value=$(secret 'token')")
    error_message = "The secret is not read."
  }
  assert {
    condition     = one(aws_launch_template.this.metadata_options).http_tokens == "required" && one(one(aws_launch_template.this.block_device_mappings).ebs).encrypted == "true"
    error_message = "Metadata must require a token, and the disk must be encrypted."
  }
  assert {
    condition     = one(aws_autoscaling_group.this.instance_maintenance_policy).min_healthy_percentage == 100 && one(aws_autoscaling_group.this.initial_lifecycle_hook).default_result == "ABANDON"
    error_message = "A refresh must keep every serving machine, and give up a machine that never becomes ready."
  }
  assert {
    condition     = length(output.user_data) < 16384
    error_message = "User data is limited to 16 KiB."
  }
}
