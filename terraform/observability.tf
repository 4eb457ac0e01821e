# Logs, alarms, a dashboard and a budget. docs/operations.md describes what to do for each alarm.

resource "aws_cloudwatch_log_group" "program" {
  for_each = toset(["edge", "origin"])

  name              = "/${local.name}/${each.key}"
  retention_in_days = var.log_days
}

resource "aws_cloudwatch_log_group" "valkey" {
  for_each = toset(["slow-log", "engine-log"])

  name              = "/${local.name}/valkey/${each.key}"
  retention_in_days = var.log_days
}

# RDS writes to these names, and would create groups without an expiry.
resource "aws_cloudwatch_log_group" "mysql" {
  for_each = toset(["error", "slowquery"])

  name              = "/aws/rds/instance/${local.name}/${each.key}"
  retention_in_days = var.log_days
}

resource "aws_cloudwatch_log_group" "rotate" {
  name              = "/aws/lambda/${local.name}-rotate"
  retention_in_days = var.log_days
}

# CloudWatch cannot publish to a topic that is encrypted with the AWS managed key.
data "aws_iam_policy_document" "alarms_key" {
  statement {
    sid       = "Account"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${local.account_id}:root"]
    }
  }

  statement {
    sid       = "Alarms"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }
  }
}

resource "aws_kms_key" "alarms" {
  description             = "Alarms of ${local.name}"
  enable_key_rotation     = true
  deletion_window_in_days = 7
  policy                  = data.aws_iam_policy_document.alarms_key.json
}

resource "aws_sns_topic" "alarms" {
  name              = "${local.name}-alarms"
  kms_master_key_id = aws_kms_key.alarms.id
}

resource "aws_sns_topic_subscription" "alarms" {
  for_each = toset(var.alarm_emails)

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.key
}

locals {
  balancers = {
    edge   = { LoadBalancer = aws_lb.public.arn_suffix }
    origin = { LoadBalancer = aws_lb.internal.arn_suffix }
  }
  targets = {
    edge   = merge(local.balancers.edge, { TargetGroup = aws_lb_target_group.edge.arn_suffix })
    origin = merge(local.balancers.origin, { TargetGroup = aws_lb_target_group.origin.arn_suffix })
  }
  ours = { System = local.name }

  # Names of the nodes: one shard and its replicas, or the shards of a cluster.
  valkey_nodes = var.valkey.cluster ? [
    for pair in setproduct(range(1, var.valkey.shards + 1), range(1, var.valkey.replicas + 2)) : format("%04d-%03d", pair[0], pair[1])
  ] : [for node in range(1, var.valkey.replicas + 2) : format("%03d", node)]

  # Per alarm: metrics by id [namespace, name, dimensions, statistic]; an expression over them if one metric is not enough; the threshold and
  # the number of consecutive minutes above it.
  alarms = merge(
    {
      write-back-lag = {
        about   = "Bookings have not been written to MySQL for more than half a minute"
        metrics = { lag = ["NETicket", "neticket_write_back_lag_seconds", local.ours, "Maximum"] }
        above   = 30, minutes = 2
      }
      inventory-drift = {
        about = "The inventory of a sale has drifted, and the program has paused the sale"
        metrics = {
          more = ["NETicket", "neticket_inventory_drift_seats", local.ours, "Maximum"]
          less = ["NETicket", "neticket_inventory_drift_seats", local.ours, "Minimum"]
        }
        expression = "ABS(more) + ABS(less)"
        above      = 0, minutes = 1
      }
      dead-letters = {
        about   = "A booking log entry cannot be written to MySQL and waits for a person to decide"
        metrics = { entries = ["NETicket", "neticket_dead_letters_total", local.ours, "Sum"] }
        above   = 0, minutes = 1
      }
      store-down = {
        about   = "Edges cannot reach Valkey: no one is admitted, positions are kept"
        metrics = { age = ["NETicket", "neticket_edge_store_down_seconds", local.ours, "Maximum"] }
        above   = 5, minutes = 1
      }
      queue-stalled = {
        about = "Visitors wait for the rate, the capacity or the origin's health, and no one has been admitted for five minutes"
        metrics = merge(
          { for cause in ["rate", "capacity", "health"] : "by_${cause}" => ["NETicket", "neticket_room_held_by", merge(local.ours, { cause = cause }), "Maximum"] },
          { admitted = ["NETicket", "neticket_edge_admitted_total", local.ours, "Sum"] },
        )
        expression = "IF((FILL(by_rate, 0) + FILL(by_capacity, 0) + FILL(by_health, 0) > 0) AND (FILL(admitted, 0) == 0), 1, 0)"
        above      = 0, minutes = 5
      }
      busy-responses = {
        about = "Visitors get \"try again\": the shop is busy, or a store does not respond"
        metrics = {
          busy  = ["NETicket", "neticket_edge_problems_total", merge(local.ours, { code = "busy" }), "Sum"]
          store = ["NETicket", "neticket_edge_problems_total", merge(local.ours, { code = "store_unavailable" }), "Sum"]
        }
        expression = "FILL(busy, 0) + FILL(store, 0)"
        above      = 100, minutes = 2
      }
      mysql-cpu = {
        about   = "MySQL's CPU is nearly exhausted"
        metrics = { cpu = ["AWS/RDS", "CPUUtilization", { DBInstanceIdentifier = local.name }, "Average"] }
        above   = 80, minutes = 10
      }
      mysql-storage = {
        about      = "MySQL has less than 5 GiB left, although its storage grows automatically"
        metrics    = { bytes = ["AWS/RDS", "FreeStorageSpace", { DBInstanceIdentifier = local.name }, "Minimum"] }
        expression = "5 - bytes / 1024 / 1024 / 1024"
        above      = 0, minutes = 5
      }
      mysql-connections = {
        about   = "More connections than all origins need: a leak, or an unknown client"
        metrics = { connections = ["AWS/RDS", "DatabaseConnections", { DBInstanceIdentifier = local.name }, "Maximum"] }
        above   = 12 * var.origin.most, minutes = 5
      }
    },
    # A shop that sends no mail lets all of them expire.
    { for name, alarm in {
      dead-mails = {
        about   = "A mail was refused for good, or could not be sent before it expired"
        metrics = { mails = ["NETicket", "neticket_dead_mails_total", local.ours, "Sum"] }
        above   = 0, minutes = 1
      }
    } : name => alarm if length(local.mail) > 0 },
    { for role, dimensions in local.balancers : "${role}-5xx" => {
      about = "More than 1 % of the responses of the ${role}s are errors"
      metrics = {
        requests = ["AWS/ApplicationELB", "RequestCount", dimensions, "Sum"]
        targets  = ["AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", dimensions, "Sum"]
        balancer = ["AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", dimensions, "Sum"]
      }
      expression = "100 * (FILL(targets, 0) + FILL(balancer, 0)) / IF(FILL(requests, 0) > 100, requests, 100)"
      above      = 1, minutes = 2
    } },
    { for role, dimensions in local.balancers : "${role}-p99" => {
      about   = "The p99 of the ${role}s exceeds a second"
      metrics = { p99 = ["AWS/ApplicationELB", "TargetResponseTime", dimensions, "p99"] }
      above   = 1, minutes = 3
    } },
    { for role, dimensions in local.targets : "${role}-unhealthy" => {
      about   = "A machine of the ${role} fleet has been unhealthy for five minutes and was not replaced"
      metrics = { machines = ["AWS/ApplicationELB", "UnHealthyHostCount", dimensions, "Minimum"] }
      above   = 0, minutes = 5
    } },
    { for role, machine in { edge = var.edge, origin = var.origin } : "${role}-at-maximum" => {
      about                       = "The ${role} fleet has reached its maximum size"
      metrics                     = { machines = ["AWS/AutoScaling", "GroupInServiceInstances", { AutoScalingGroupName = "${local.name}-${role}" }, "Maximum"] }
      above                       = machine.most - 0.5, minutes = 5
    } },
    merge([for node in local.valkey_nodes : {
      "valkey-memory-${node}" = {
        about   = "A Valkey node is three quarters full, and rejects writes when it is full"
        metrics = { share = ["AWS/ElastiCache", "DatabaseMemoryUsagePercentage", { CacheClusterId = "${local.name}-${node}" }, "Maximum"] }
        above   = 75, minutes = 5
      }
      "valkey-cpu-${node}" = {
        about   = "The Valkey core that decides bookings is nearly exhausted"
        metrics = { cpu = ["AWS/ElastiCache", "EngineCPUUtilization", { CacheClusterId = "${local.name}-${node}" }, "Maximum"] }
        above   = 80, minutes = 3
      }
      "valkey-replication-lag-${node}" = {
        about   = "A replica is seconds behind, so a failover now would lose data"
        metrics = { lag = ["AWS/ElastiCache", "ReplicationLag", { CacheClusterId = "${local.name}-${node}" }, "Maximum"] }
        above   = 5, minutes = 3
      }
    }]...),
  )
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${local.name}-${each.key}"
  alarm_description   = "${each.value.about}. What to do: docs/operations.md, “${each.key}”."
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.above
  evaluation_periods  = each.value.minutes
  datapoints_to_alarm = each.value.minutes
  # A fleet at rest, and a program that has sold nothing yet, send no data.
  treat_missing_data = "notBreaching"
  alarm_actions      = [aws_sns_topic.alarms.arn]
  ok_actions         = [aws_sns_topic.alarms.arn]

  dynamic "metric_query" {
    for_each = each.value.metrics

    content {
      id          = metric_query.key
      return_data = !can(each.value.expression)

      metric {
        namespace   = metric_query.value[0]
        metric_name = metric_query.value[1]
        dimensions  = metric_query.value[2]
        stat        = metric_query.value[3]
        period      = 60
      }
    }
  }

  dynamic "metric_query" {
    for_each = can(each.value.expression) ? [each.value.expression] : []

    content {
      id          = "result"
      expression  = metric_query.value
      label       = each.key
      return_data = true
    }
  }
}

# For the whole account, because costs by tag need activated cost allocation tags. So one environment of an account has it.
resource "aws_budgets_budget" "month" {
  count = var.monthly_budget == null ? 0 : 1

  name         = "${local.name}-month"
  budget_type  = "COST"
  limit_amount = format("%.1f", var.monthly_budget)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  notification {
    comparison_operator        = "GREATER_THAN"
    notification_type          = "ACTUAL"
    threshold                  = 80
    threshold_type             = "PERCENTAGE"
    subscriber_email_addresses = var.alarm_emails
  }

  notification {
    comparison_operator        = "GREATER_THAN"
    notification_type          = "FORECASTED"
    threshold                  = 100
    threshold_type             = "PERCENTAGE"
    subscriber_email_addresses = var.alarm_emails
  }
}

locals {
  # The dashboard's charts: title and metrics.
  charts = [
    { title = "Visitors waiting, active visits", metrics = [
      ["NETicket", "neticket_room_waiting", "System", local.name, { stat = "Maximum", label = "waiting" }],
      ["NETicket", "neticket_room_inside", "System", local.name, { stat = "Maximum", label = "active" }],
    ] },
    { title = "Admitted per minute", metrics = [
      ["NETicket", "neticket_edge_admitted_total", "System", local.name, { stat = "Sum", label = "admitted" }],
    ] },
    { title = "Bookings per minute, by outcome", metrics = [
      [{ expression = "SEARCH('{NETicket,System,outcome} MetricName=\"neticket_bookings_total\" System=\"${local.name}\"', 'Sum', 60)" }],
    ] },
    { title = "Problems of the edges per minute, by code", metrics = [
      [{ expression = "SEARCH('{NETicket,System,code} MetricName=\"neticket_edge_problems_total\" System=\"${local.name}\"', 'Sum', 60)" }],
    ] },
    { title = "Booking log not yet in MySQL", metrics = [
      ["NETicket", "neticket_write_back_backlog_entries", "System", local.name, { stat = "Maximum", label = "entries" }],
      ["NETicket", "neticket_write_back_lag_seconds", "System", local.name, { stat = "Maximum", label = "seconds behind", yAxis = "right" }],
    ] },
    { title = "Inventory drift, seats", metrics = [
      ["NETicket", "neticket_inventory_drift_seats", "System", local.name, { stat = "Maximum", label = "most" }],
      ["NETicket", "neticket_inventory_drift_seats", "System", local.name, { stat = "Minimum", label = "least" }],
    ] },
    { title = "Response time, seconds", metrics = concat([for role, suffix in { edge = aws_lb.public.arn_suffix, origin = aws_lb.internal.arn_suffix } : [
      ["AWS/ApplicationELB", "TargetResponseTime", "LoadBalancer", suffix, { stat = "p50", label = "${role} p50" }],
      ["AWS/ApplicationELB", "TargetResponseTime", "LoadBalancer", suffix, { stat = "p99", label = "${role} p99" }],
    ]]...) },
    { title = "Requests and errors per minute", metrics = concat([for role, suffix in { edge = aws_lb.public.arn_suffix, origin = aws_lb.internal.arn_suffix } : [
      ["AWS/ApplicationELB", "RequestCount", "LoadBalancer", suffix, { stat = "Sum", label = "${role} requests" }],
      ["AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "LoadBalancer", suffix, { stat = "Sum", label = "${role} 5xx", yAxis = "right" }],
      ["AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "LoadBalancer", suffix, { stat = "Sum", label = "${role} balancer 5xx", yAxis = "right" }],
    ]]...) },
    { title = "Machines in service, and their CPU", metrics = concat([for role in ["edge", "origin"] : [
      ["AWS/AutoScaling", "GroupInServiceInstances", "AutoScalingGroupName", "${local.name}-${role}", { stat = "Maximum", label = "${role}s" }],
      ["AWS/EC2", "CPUUtilization", "AutoScalingGroupName", "${local.name}-${role}", { stat = "Average", label = "${role} CPU %", yAxis = "right" }],
    ]]...) },
    { title = "Valkey: engine CPU % and memory %", metrics = concat(
      [for node in local.valkey_nodes : ["AWS/ElastiCache", "EngineCPUUtilization", "CacheClusterId", "${local.name}-${node}", { stat = "Maximum", label = "${node} CPU" }]],
      [for node in local.valkey_nodes : ["AWS/ElastiCache", "DatabaseMemoryUsagePercentage", "CacheClusterId", "${local.name}-${node}", { stat = "Maximum", label = "${node} memory" }]],
    ) },
    { title = "MySQL: CPU %, connections", metrics = [
      ["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", local.name, { stat = "Average", label = "CPU" }],
      ["AWS/RDS", "DatabaseConnections", "DBInstanceIdentifier", local.name, { stat = "Maximum", label = "connections", yAxis = "right" }],
    ] },
    { title = "MySQL: write latency, milliseconds", metrics = [
      [{ expression = "1000 * latency", label = "write latency", id = "shown" }],
      ["AWS/RDS", "WriteLatency", "DBInstanceIdentifier", local.name, { stat = "Average", id = "latency", visible = false }],
    ] },
  ]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = local.name
  dashboard_body = jsonencode({
    widgets = concat([{
      type   = "alarm"
      x      = 0
      y      = 0
      width  = 24
      height = 3
      properties = {
        title  = "Alarms"
        alarms = [for alarm in aws_cloudwatch_metric_alarm.this : alarm.arn]
      }
      }], [for number, chart in local.charts : {
      type   = "metric"
      x      = 12 * (number % 2)
      y      = 3 + 6 * floor(number / 2)
      width  = 12
      height = 6
      properties = {
        title   = chart.title
        region  = var.region
        view    = "timeSeries"
        stacked = false
        period  = 60
        metrics = chart.metrics
      }
    }])
  })
}
