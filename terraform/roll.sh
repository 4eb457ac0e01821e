#!/bin/sh
# Replaces the machines of a fleet by a version of the launch template: roll.sh <group> <template id>:<version>. If new machines do not become
# ready, AWS rolls back to the version that the group had, so Terraform does not change that version. await-refresh.sh waits for the end.
set -eu
group=$1
template=${2%:*}
version=${2##*:}
has=$(aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$group" \
  --query 'AutoScalingGroups[0].LaunchTemplate.Version' --output text)
if [ "$has" = "$version" ]; then
  echo "$group: has version $version"
  exit 0
fi
aws autoscaling start-instance-refresh --auto-scaling-group-name "$group" --strategy Rolling \
  --desired-configuration "{\"LaunchTemplate\":{\"LaunchTemplateId\":\"$template\",\"Version\":\"$version\"}}" \
  --preferences '{"MinHealthyPercentage":100,"MaxHealthyPercentage":150,"InstanceWarmup":30,"AutoRollback":true,"SkipMatching":true}'
