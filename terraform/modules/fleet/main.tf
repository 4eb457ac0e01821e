# A fleet: an Auto Scaling group of machines of one type that run the same release of one program.

locals {
  files = {
    "/usr/local/sbin/neticket-environment" = {
      mode = "0755"
      text = templatefile("${path.module}/machine/environment.sh.tftpl", {
        region   = var.region
        role     = var.role
        settings = var.settings
        secrets  = var.secrets
      })
    }
    "/usr/local/sbin/neticket-ready" = {
      mode = "0755"
      text = templatefile("${path.module}/machine/ready.sh.tftpl", { region = var.region, port = var.port, fleet = var.name })
    }
    "/etc/systemd/system/neticket-${var.role}.service" = {
      mode = "0644"
      text = templatefile("${path.module}/machine/program.service.tftpl", { role = var.role, before_start = var.before_start })
    }
    "/etc/systemd/system/neticket-ready.service" = {
      mode = "0644"
      text = file("${path.module}/machine/neticket-ready.service")
    }
    "/etc/systemd/system/neticket-secrets.service" = {
      mode = "0644"
      text = file("${path.module}/machine/neticket-secrets.service")
    }
    "/etc/systemd/system/neticket-secrets.timer" = {
      mode = "0644"
      text = file("${path.module}/machine/neticket-secrets.timer")
    }
    "/etc/logrotate.d/neticket" = {
      mode = "0644"
      text = file("${path.module}/machine/logrotate")
    }
    "/etc/neticket/agent.json" = {
      mode = "0644"
      text = jsonencode(local.agent)
    }
    "/etc/neticket/prometheus.yaml" = {
      mode = "0644"
      text = yamlencode({
        global = { scrape_interval = "1m", scrape_timeout = "10s" }
        scrape_configs = [{
          job_name     = "neticket"
          metrics_path = "/metrics"
          # The origin requires it. An edge serves its metrics to its own machine only, and ignores it.
          authorization  = { credentials_file = "/run/neticket/internal-token" }
          static_configs = [{ targets = ["127.0.0.1:${var.metrics_port}"], labels = { System = var.system, Role = var.role } }]
        }]
      })
    }
  }

  # The agent sends the program's log, and only the metrics that alarms and the dashboard use, because each metric costs.
  agent = {
    agent = { region = var.region, run_as_user = "root", omit_hostname = true }
    logs = {
      logs_collected = {
        files = {
          collect_list = [{
            file_path       = "/var/log/neticket/${var.role}.log"
            log_group_name  = var.log_group.name
            log_stream_name = "{instance_id}"
            timezone        = "UTC"
          }]
        }
      }
      metrics_collected = {
        prometheus = {
          prometheus_config_path = "/etc/neticket/prometheus.yaml"
          log_group_name         = var.log_group.name
          emf_processor = {
            metric_namespace = "NETicket"
            metric_declaration = [for label, names in var.metrics : {
              source_labels    = ["Role"]
              label_matcher    = "^${var.role}$"
              dimensions       = [label == "" ? ["System"] : ["System", label]]
              metric_selectors = [for name in names : "^${name}$"]
            }]
          }
        }
      }
    }
  }

  user_data = join("\n", ["#cloud-config", yamlencode({
    users = ["default", { name = "neticket", system = true, shell = "/sbin/nologin" }]
    write_files = [for path, file in local.files : {
      path        = path
      permissions = file.mode
      encoding    = "b64"
      content     = base64encode(file.text)
    }]
    runcmd = [["sh", "-euc", templatefile("${path.module}/machine/install.sh.tftpl", {
      region = var.region
      role   = var.role
      bucket = var.release.bucket
      key    = var.release.key
    })]]
  })])
}

resource "aws_launch_template" "this" {
  name                   = var.name
  description            = var.release.key
  image_id               = var.image_id
  instance_type          = var.machine.instance_type
  user_data              = base64encode(local.user_data)
  update_default_version = true
  vpc_security_group_ids = [var.security_group_id]

  iam_instance_profile {
    arn = aws_iam_instance_profile.this.arn
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_type           = "gp3"
      volume_size           = 10
      encrypted             = true
      delete_on_termination = true
    }
  }

  # An opening is a burst; the surplus CPU credits for it cost cents.
  dynamic "credit_specification" {
    for_each = startswith(var.machine.instance_type, "t") ? [1] : []

    content {
      cpu_credits = "unlimited"
    }
  }

  monitoring {
    enabled = true
  }

  dynamic "tag_specifications" {
    for_each = toset(["instance", "volume"])

    content {
      resource_type = tag_specifications.key
      tags          = { Name = var.name, Project = "neticket", Release = var.release.key }
    }
  }
}

resource "aws_autoscaling_group" "this" {
  name                = var.name
  min_size            = var.machine.idle
  desired_capacity    = var.machine.idle
  max_size            = var.machine.most
  vpc_zone_identifier = var.subnet_ids
  target_group_arns   = concat([var.target_group.arn], var.other_target_group_arns)
  # Checks the machine only. A program that restarts, for example after a rotation, is out of its balancer for half a minute, and its
  # machine must not be replaced for that. The alarm "unhealthy" reports a program that stays unhealthy.
  health_check_type         = "EC2"
  health_check_grace_period = 0
  default_instance_warmup   = 30
  termination_policies      = ["OldestLaunchTemplate", "OldestInstance"]
  wait_for_capacity_timeout = "40m"
  # After a month a machine is replaced by one with the newest deployed image.
  max_instance_lifetime = 30 * 24 * 3600
  enabled_metrics       = ["GroupInServiceInstances", "GroupDesiredCapacity", "GroupMinSize", "GroupMaxSize", "WarmPoolWarmedCapacity"]

  launch_template {
    id      = aws_launch_template.this.id
    version = aws_launch_template.this.latest_version
  }

  # A machine completes this hook itself when its program is ready (machine/ready.sh.tftpl).
  initial_lifecycle_hook {
    name                 = "ready"
    lifecycle_transition = "autoscaling:EC2_INSTANCE_LAUNCHING"
    heartbeat_timeout    = 600
    default_result       = "ABANDON"
  }

  # Installed, stopped machines: they cost their disk only, and serve half a minute after they are started.
  dynamic "warm_pool" {
    for_each = var.machine.sale > var.machine.idle ? [1] : []

    content {
      pool_state                  = "Stopped"
      min_size                    = 0
      max_group_prepared_capacity = var.machine.sale
    }
  }

  # Start new machines before old ones stop.
  instance_maintenance_policy {
    min_healthy_percentage = 100
    max_healthy_percentage = 150
  }

  dynamic "tag" {
    for_each = { Name = var.name, Project = "neticket" }

    content {
      key                 = tag.key
      value               = tag.value
      propagate_at_launch = false
    }
  }

  lifecycle {
    # Scheduled actions and target tracking change the sizes: a new idle size takes effect at the next action, or by hand. roll.sh changes the
    # template's version, after every machine has started with it: AWS can only roll back to the version that the group has.
    ignore_changes = [min_size, desired_capacity, launch_template]
  }

  # A machine reads its secrets when it starts and writes its logs until it stops.
  depends_on = [aws_iam_role_policy.this]
}

# A program runs on one core. So on two of them a saturated program looks half idle, and the target is half of what one core can give.
locals {
  cpu_target = 50 / var.machine.vcpus
}

resource "aws_autoscaling_policy" "cpu" {
  name                   = "${var.name}-cpu"
  autoscaling_group_name = aws_autoscaling_group.this.name
  policy_type            = "TargetTrackingScaling"

  target_tracking_configuration {
    target_value = local.cpu_target

    predefined_metric_specification {
      predefined_metric_type = "ASGAverageCPUUtilization"
    }
  }
}

resource "aws_autoscaling_policy" "requests" {
  name                   = "${var.name}-requests"
  autoscaling_group_name = aws_autoscaling_group.this.name
  policy_type            = "TargetTrackingScaling"

  target_tracking_configuration {
    target_value = var.machine.requests_per_target

    predefined_metric_specification {
      predefined_metric_type = "ALBRequestCountPerTarget"
      resource_label         = var.target_group.resource_label
    }
  }
}

locals {
  # In UTC: Terraform keeps the zone of a written time, so subtract its offset.
  utc = { for opening in var.openings : opening.name => formatdate("YYYY-MM-DD'T'hh:mm:ss'Z'", timeadd(opening.at,
    endswith(opening.at, "Z") ? "0s" : join("", [
      substr(opening.at, -6, 1) == "+" ? "-" : "", substr(opening.at, -5, 2), "h", substr(opening.at, -2, 2), "m",
    ])
  )) }

  # The fleet's minimum size over time, as steps: the sale size while any opening is near, otherwise the idle size. Openings that overlap or
  # follow each other directly are merged, because no two actions of a group may start at the same time.
  spans = [for opening in var.openings : {
    from = timeadd(local.utc[opening.name], "-${opening.lead_minutes}m")
    to   = timeadd(local.utc[opening.name], "${opening.hold_minutes}m")
  }]
  borders = toset(flatten([for span in local.spans : [span.from, span.to]]))
  # AWS deletes an action after it has run, and accepts none in the past.
  steps = { for border in local.borders : border => anytrue([
    for span in local.spans : timecmp(span.from, border) <= 0 && timecmp(border, span.to) < 0
  ]) ? var.machine.sale : var.machine.idle if timecmp(border, plantimestamp()) > 0 }
}

resource "aws_autoscaling_schedule" "planned" {
  for_each = local.steps

  scheduled_action_name  = "planned-${formatdate("YYYYMMDD'T'hhmm'Z'", each.key)}"
  autoscaling_group_name = aws_autoscaling_group.this.name
  start_time             = each.key
  min_size               = each.value
  max_size               = -1
  desired_capacity       = -1
}
