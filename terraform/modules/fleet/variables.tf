variable "name" {
  description = "Name of the fleet"
  type        = string
}

variable "role" {
  description = "Program that its machines run: edge or origin"
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
  description = "Metrics that go to CloudWatch, as patterns of names, by the label that they are split by beside the system ('' for none)"
  type        = map(list(string))
}

variable "region" {
  description = "AWS region"
  type        = string
}

variable "system" {
  description = "Name of the system: the dimension of its metrics"
  type        = string
}

variable "image_id" {
  description = "Machine image"
  type        = string
}

variable "machine" {
  description = "Type of machine, and how many: at rest, around an opening, at the very most"
  type = object({
    instance_type       = string
    idle                = number
    sale                = number
    most                = number
    requests_per_target = number
  })
}

variable "openings" {
  description = "Openings that the fleet grows for; minutes"
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
  description = "Target group that sends them requests: its ARN, and the label of its request count"
  type = object({
    arn            = string
    resource_label = string
  })
}

variable "release" {
  description = "Where the release lies"
  type = object({
    bucket = string
    key    = string
  })
}

variable "settings" {
  description = "Settings of the program that are no secrets"
  type        = map(string)
}

variable "secrets" {
  description = "Settings that are made of secrets: the secret's ARN, its field where it is JSON, and a URL that it is the password of, with %s in its place"
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
  description = "What the machines may do beside what every machine may, as a policy document"
  type        = string
}

variable "log_group" {
  description = "Log group of the program"
  type = object({
    name = string
    arn  = string
  })
}
