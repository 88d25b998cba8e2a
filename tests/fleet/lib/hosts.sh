# shellcheck shell=bash
# The Docker hosts: privileged containers, each with its own engine.

SEED=$PREFIX-seed

host_names() { docker ps --filter label="$HOST_LABEL" --format '{{.Names}}' | LC_ALL=C sort -V; }

# Those that were stopped count too.
host_count() {
  if engine_answers; then docker ps --all --quiet --filter label="$HOST_LABEL" | wc -l; else echo 0; fi
}

# Without a usable resolver in the host, its engine would give its containers a public one, and packets would leave the
# machine. Where this machine has none either: the network's gateway, which refuses.
resolver() {
  local found
  found=$(cat /run/systemd/resolve/resolv.conf /etc/resolv.conf 2>/dev/null \
    | awk '/^nameserver/ && $2 !~ /^127\.|:/ { print $2; exit }' || true)
  echo "${found:-$(address 1)}"
}

host_create() { # NAME LAST_OCTET [docker run arguments]
  start_container "$@" --privileged --stop-timeout 30 --env FLEET_KEY="$(cat "$SSH_KEY.pub")" \
    --env FLEET_DOCKERD_ARGS="--insecure-registry $INNER_REGISTRY --dns $(resolver)" "$PREFIX-host"
  host_wait "$1"
}

host_wait() { # NAME
  retry 300 docker exec "$1" docker version && return
  docker exec "$1" tail -n 5 /var/log/dockerd.log >&2 || docker logs --tail 5 "$1" >&2
  die "the engine of $1 does not start"
}

# The data root of an engine that has pulled what every test begins with; a host copies it at its first start. Later releases
# aren't in it: an upgrade really pulls.
seed_make() {
  local images=("python:3" "sample-runtime:1.0.0") hash name major seeder=$PREFIX-seeder
  for major in $POSTGRES_VERSIONS; do images+=("postgres:$major"); done
  hash=$( (cat "$CACHE/pushed"; image_id "$PREFIX-host") | sha256sum)
  [ "$(cat "$CACHE/seed" 2>/dev/null)" = "$hash" ] && docker volume inspect "$SEED" >/dev/null 2>&1 && return
  # Hosts that began with other images than the registry has would test neither.
  seed_remove || { say "images have changed: the hosts are made anew"; hosts_remove; seed_remove; }
  docker volume create --label "$LABEL" "$SEED" >/dev/null
  host_create "$seeder" 250 --volume "$SEED:/var/lib/docker"
  for name in "${images[@]}"; do docker exec "$seeder" docker pull --quiet "$INNER_REGISTRY/fleet/$name" >/dev/null; done
  docker stop "$seeder" >/dev/null
  docker rm "$seeder" >/dev/null
  echo "$hash" >"$CACHE/seed"
  say 'seed of the hosts'
}

# Fails if hosts have it mounted.
seed_remove() {
  docker rm --force --volumes "$PREFIX-seeder" >/dev/null 2>&1 || true
  docker volume inspect "$SEED" >/dev/null 2>&1 || return 0
  docker volume rm "$SEED" >/dev/null 2>&1
}

# A host that was stopped or killed comes back with what it had.
host_up() { # NUMBER
  local name=$PREFIX-app$1
  is_running "$name" && return
  if docker start "$name" >/dev/null 2>&1; then
    host_wait "$name"
  else
    host_create "$name" $((10 + $1)) --label "$HOST_LABEL" --volume "$SEED:/seed:ro" --volume "$name:/var/lib/docker"
  fi
}

# Three at a time: more wouldn't be faster on two cores, and many at once run into time-outs.
hosts_up() { # COUNT
  local first number lanes
  disks_up "$1"
  for ((first = 1; first <= $1; first += 3)); do
    lanes=()
    for ((number = first; number < first + 3 && number <= $1; number++)); do lanes+=("host_up $number"); done
    in_parallel "${lanes[@]}"
  done
}

hosts_remove() {
  docker ps --all --quiet --filter label="$HOST_LABEL" | xargs -r docker rm --force --volumes >/dev/null
  disks_remove
}
