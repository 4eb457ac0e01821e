#!/bin/sh
# Waits for the instance refreshes of groups that began after a time (UTC): await-refresh.sh 2026-11-23T12:00:00 <group>...
# Fails if a refresh failed, was rolled back or cancelled, or has not ended within an hour. Skips a group without a refresh.
set -eu
since=$1
shift
for group; do
  attempt=0
  while :; do
    # The newest refresh, if any: status, percentage, reason. A pending refresh has no start time.
    line=$(aws autoscaling describe-instance-refreshes --auto-scaling-group-name "$group" --max-records 1 \
      --query "InstanceRefreshes[?!StartTime || StartTime>='$since'] | [0].[Status, PercentageComplete, StatusReason]" --output text)
    echo "$group: $line"
    case $line in
      None* | Successful*) break ;;
      Pending* | InProgress* | Baking* | Cancelling* | RollbackInProgress*) ;;
      *) exit 1 ;;
    esac
    attempt=$((attempt + 1))
    if [ "$attempt" -ge "${ATTEMPTS:-360}" ]; then
      echo "$group: not done in time" >&2
      exit 1
    fi
    sleep "${EVERY_SECONDS:-10}"
  done
done
