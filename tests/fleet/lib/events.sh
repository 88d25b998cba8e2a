# shellcheck shell=bash
# What the hosts' engines did, as their recorders wrote it down (images/host/record-events).

nanoseconds() { # TIME -> since the epoch
  local seconds
  if [[ $1 =~ ^([0-9]+)([smh])$ ]]; then
    case ${BASH_REMATCH[2]} in s) seconds=1 ;; m) seconds=60 ;; h) seconds=3600 ;; esac
    seconds=$(($(date +%s) - BASH_REMATCH[1] * seconds))
  elif [[ $1 =~ ^[0-9]+(\.[0-9]+)?$ ]]; then
    seconds=$1
  else
    date --date "$1" +%s%N
    return
  fi
  awk -v s="$seconds" 'BEGIN { split(s, part, "."); printf "%s%s\n", part[1], substr(part[2] "000000000", 1, 9) }'
}

cmd_events() {
  [ $# = 1 ] || { usage; exit 2; }
  need_engine
  local since name
  since=$(nanoseconds "$1" 2>/dev/null) || die "not a time: $1" 'write it like 1763719200, 2025-11-21T10:00:00Z, 90s or 10m'
  for name in $(host_names); do
    # Compared as text, as awk would round numbers of 19 digits.
    docker exec "$name" cat /var/log/docker-events.log | awk -v since="$since" -v host="${name#"$PREFIX-"}" \
      '("" $1) >= ("" since) { print host, $0 }'
  done
}
