# shellcheck shell=bash
# What stands next to the hosts: the Postgres they share and the load balancer in front of them.

POSTGRES=$PREFIX-postgres
HAPROXY=$PREFIX-haproxy
CONFIG_LABEL=$PREFIX.fleet.config

services_up() { # COUNT
  postgres_up
  haproxy_up "$1"
}

postgres_answers() { docker exec "$POSTGRES" pg_isready --quiet --host 127.0.0.1 --username app; }

postgres_up() {
  if ! is_running "$POSTGRES"; then
    docker rm --force --volumes "$POSTGRES" >/dev/null 2>&1 || true
    docker create --name "$POSTGRES" --hostname "$POSTGRES" --label "$LABEL" --network "$NETWORK" --ip "$(address 3)" \
      --env POSTGRES_USER=app --env POSTGRES_DB=app --env POSTGRES_PASSWORD_FILE=/run/postgres-password \
      --shm-size 128m "$PREFIX-postgres:17" postgres -c fsync=off >/dev/null
    copy_into "$PASSWORD_FILE" "$POSTGRES" /run/postgres-password 999 0400
    docker start "$POSTGRES" >/dev/null
  fi
  retry 300 postgres_answers || die 'Postgres does not start' "see docker logs $POSTGRES"
}

# Fast checks, and a request that meets a stopping host goes to another one: that's what makes a rolling upgrade invisible.
haproxy_config() { # COUNT
  cat "$FLEET_HOME/images/haproxy/haproxy.cfg"
  local number
  for ((number = 1; number <= $1; number++)); do
    printf '  server app%d %s:8080\n' "$number" "$(address $((10 + number)))"
  done
  cat "$FLEET_HOME/images/haproxy/brokers.cfg"
  for ((number = 1; number <= $1; number++)); do
    printf '  server app%d %s:9292\n' "$number" "$(address $((10 + number)))"
  done
}

haproxy_up() { # COUNT
  local config=$CACHE/haproxy.cfg hash
  haproxy_config "$1" >"$config"
  hash=$( (cat "$config"; image_id "$PREFIX-haproxy"; echo "$LB_PORT $STATS_PORT") | sha256sum | cut -c1-16)
  is_running "$HAPROXY" && [ "$(docker inspect --format "{{index .Config.Labels \"$CONFIG_LABEL\"}}" "$HAPROXY")" = "$hash" ] && return
  docker rm --force "$HAPROXY" >/dev/null 2>&1 || true
  docker create --name "$HAPROXY" --hostname "$HAPROXY" --label "$LABEL" --label "$CONFIG_LABEL=$hash" \
    --network "$NETWORK" --ip "$(address 4)" --publish "127.0.0.1:$LB_PORT:8080" --publish "127.0.0.1:$STATS_PORT:8081" \
    "$PREFIX-haproxy" >/dev/null
  copy_into "$config" "$HAPROXY" /etc/haproxy/haproxy.cfg 0 0644
  local log
  log=$(docker start "$HAPROXY" 2>&1) || { docker rm --force "$HAPROXY" >/dev/null; explain_start "$HAPROXY" "$log"; }
}
