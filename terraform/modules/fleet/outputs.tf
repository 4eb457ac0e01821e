output "name" {
  description = "Name of the Auto Scaling group"
  value       = aws_autoscaling_group.this.name
}

output "arn" {
  description = "ARN of the Auto Scaling group"
  value       = aws_autoscaling_group.this.arn
}

output "template" {
  description = "Newest launch template, id:version"
  value       = "${aws_launch_template.this.id}:${aws_launch_template.this.latest_version}"
}

output "instance_type" {
  description = "Instance type"
  value       = aws_launch_template.this.instance_type
}

output "user_data" {
  description = "User data of a machine"
  value       = local.user_data
}

output "steps" {
  description = "Minimum size from each time on, from the list of openings"
  value       = local.steps
}

output "policy" {
  description = "Policy of its machines, JSON"
  value       = data.aws_iam_policy_document.machine.json
}

output "cpu_target" {
  description = "CPU of a machine in percent that scaling aims at"
  value       = local.cpu_target
}
