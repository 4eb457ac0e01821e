#!/bin/sh
# Replaces the machines of a fleet by a version of the launch template: roll.sh <group> <template id>:<version>. AWS rolls back to the version
# that the group had if new machines do not become ready, or if an alarm of the fleet sounds during the refresh or in the five minutes after
# it; so Terraform does not change that version. While such an alarm sounds already, a refresh cannot start: WITHOUT_ALARMS=1 ignores alarms,
# to deploy the fix. await-refresh.sh waits for the end.
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
guard=",\"BakeTime\":300,\"AlarmSpecification\":{\"Alarms\":[\"$group-5xx\",\"$group-p99\"]}"
if [ "${WITHOUT_ALARMS:-}" = 1 ]; then guard=; fi
aws autoscaling start-instance-refresh --auto-scaling-group-name "$group" --strategy Rolling \
  --desired-configuration "{\"LaunchTemplate\":{\"LaunchTemplateId\":\"$template\",\"Version\":\"$version\"}}" \
  --preferences "{\"MinHealthyPercentage\":100,\"MaxHealthyPercentage\":150,\"InstanceWarmup\":30,\"AutoRollback\":true,\"SkipMatching\":true$guard}"
