output "name" {
  description = "Name of the Auto Scaling group"
  value       = aws_autoscaling_group.this.name
}

output "arn" {
  description = "ARN of the Auto Scaling group"
  value       = aws_autoscaling_group.this.arn
}

output "template" {
  description = "Launch template of the newest machines, id:version"
  value       = "${aws_launch_template.this.id}:${aws_launch_template.this.latest_version}"
}

output "instance_type" {
  description = "Type of its machines"
  value       = aws_launch_template.this.instance_type
}

output "user_data" {
  description = "What a machine is told at its start"
  value       = local.user_data
}

output "steps" {
  description = "Least size from each time on, by the list of openings"
  value       = local.steps
}

output "policy" {
  description = "What its machines may do, JSON"
  value       = data.aws_iam_policy_document.machine.json
}
