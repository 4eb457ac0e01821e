variable "name" {
  description = "Name of the fleet"
  type        = string
}

variable "role" {
  description = "Program to run: edge or origin"
  type        = string

  validation {
    condition     = contains(["edge", "origin"], var.role)
    error_message = "A release has two programs, edge and origin."
  }
}

variable "port" {
  description = "Port of the program"
  type        = number
}

variable "metrics_port" {
  description = "Port of its metrics, on the machine itself"
  type        = number
}

variable "metrics" {
  description = "Metrics to send to CloudWatch, as name patterns, by the label that is a dimension beside the system ('' for none)"
  type        = map(list(string))
}

variable "region" {
  description = "AWS region"
  type        = string
}

variable "system" {
  description = "Name of the system, a dimension of its metrics"
  type        = string
}

variable "image_id" {
  description = "Machine image"
  type        = string
}

variable "machine" {
  description = "Instance type and its vCPUs, and the number of machines at rest, around an opening, and at most"
  type = object({
    instance_type       = string
    vcpus               = number
    idle                = number
    sale                = number
    most                = number
    requests_per_target = number
  })
}

variable "openings" {
  description = "Openings that the fleet grows for; lead and hold in minutes"
  type = list(object({
    name         = string
    at           = string
    lead_minutes = number
    hold_minutes = number
  }))
}

variable "subnet_ids" {
  description = "Subnets of the machines"
  type        = list(string)
}

variable "security_group_id" {
  description = "Security group of the machines"
  type        = string
}

variable "target_group" {
  description = "Target group of the machines: its ARN, and the label of its request count"
  type = object({
    arn            = string
    resource_label = string
  })
}

variable "other_target_group_arns" {
  description = "Further target groups of the machines, which do not count for scaling"
  type        = list(string)
  default     = []
}

variable "release" {
  description = "Location of the release"
  type = object({
    bucket = string
    key    = string
  })
}

variable "settings" {
  description = "Settings of the program without secrets"
  type        = map(string)
}

variable "secrets" {
  description = "Settings with secrets: the secret's ARN, its field if it is JSON, and a URL with %s in the place of the password"
  type = map(object({
    arn   = string
    field = optional(string, "")
    url   = optional(string, "")
  }))
}

variable "before_start" {
  description = "Command that must succeed before the program starts; '' for none"
  type        = string
  default     = ""
}

variable "policy" {
  description = "Additional permissions of the machines, as a policy document"
  type        = string
}

variable "log_group" {
  description = "Log group of the program"
  type = object({
    name = string
    arn  = string
  })
}
