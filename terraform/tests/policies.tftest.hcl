# Permissions of machines, the rotation and the CDN: no wildcard actions, and wildcard resources only where AWS supports nothing narrower.
# Providers are mocked, so that names that only an apply creates are known.

mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = {
      json = "{}"
    }
  }
  mock_data "aws_availability_zones" {
    defaults = {
      names = ["ap-northeast-2a", "ap-northeast-2b", "ap-northeast-2c"]
    }
  }
  mock_data "aws_ssm_parameter" {
    defaults = {
      value = "ami-0123456789abcdef0"
    }
  }
  mock_resource "aws_db_instance" {
    defaults = {
      master_user_secret = [{ secret_arn = "arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:mysql", kms_key_id = "", secret_status = "active" }]
    }
  }
}

variables {
  release = "0123456789ab"
}

run "programs" {
  command = apply

  plan_options {
    target = [data.aws_iam_policy_document.edge, data.aws_iam_policy_document.origin, data.aws_iam_policy_document.rotate]
  }

  assert {
    condition = alltrue(flatten([
      for document in [data.aws_iam_policy_document.edge, data.aws_iam_policy_document.origin, data.aws_iam_policy_document.rotate] :
      [for statement in document.statement : [for action in statement.actions : !strcontains(action, "*")]]
    ]))
    error_message = "Actions must be listed one by one."
  }
  assert {
    condition = toset(flatten([
      for document in [data.aws_iam_policy_document.edge, data.aws_iam_policy_document.origin, data.aws_iam_policy_document.rotate] :
      [for statement in document.statement : statement.sid if contains(statement.resources, "*")]
    ])) == toset(["FleetRead"])
    error_message = "Only describing scheduled actions cannot be limited to a group."
  }
  assert {
    condition     = !contains(flatten([for statement in data.aws_iam_policy_document.edge.statement : statement.resources]), aws_secretsmanager_secret.admin.arn)
    error_message = "Edges must not read the admin's password."
  }
  assert {
    condition     = !contains(flatten([for statement in data.aws_iam_policy_document.edge.statement : statement.resources]), aws_secretsmanager_secret.tickets.arn)
    error_message = "Edges must not read the keys of admission tickets."
  }
}

run "machines" {
  command = apply

  module {
    source = "./modules/fleet"
  }

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
    policy            = "{}"
    log_group         = { name = "/neticket-test/edge", arn = "arn:aws:logs:ap-northeast-2:123456789012:log-group:/neticket-test/edge" }
    openings          = []
  }

  assert {
    condition     = alltrue(flatten([for statement in data.aws_iam_policy_document.machine.statement : [for action in statement.actions : !strcontains(action, "*")]]))
    error_message = "Actions must be listed one by one."
  }
  assert {
    condition     = toset([for statement in data.aws_iam_policy_document.machine.statement : statement.sid if contains(statement.resources, "*")]) == toset(["ShellWithoutSsh"])
    error_message = "The common policy is wider than necessary."
  }
}

run "buckets" {
  command = apply

  plan_options {
    target = [data.aws_iam_policy_document.logs]
  }

  assert {
    condition     = alltrue([for policy in data.aws_iam_policy_document.tls_only : [for statement in policy.statement : "${statement.sid} ${statement.effect}"] == ["TlsOnly Deny"]])
    error_message = "The buckets must refuse connections without TLS."
  }
  assert {
    condition     = data.aws_iam_policy_document.logs.source_policy_documents == tolist([data.aws_iam_policy_document.tls_only["logs"].json])
    error_message = "The policy of the bucket must contain that."
  }
}
