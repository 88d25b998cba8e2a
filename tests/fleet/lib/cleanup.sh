# shellcheck shell=bash
# `stop` keeps what took time to make; `down` keeps nothing.

remove_containers() {
  docker ps --all --quiet --filter label="$LABEL" | xargs -r docker rm --force --volumes >/dev/null
}

cmd_stop() {
  need_engine
  take_lock
  hosts_remove
  remove_containers
  rm -f "$INVENTORY"
  say 'stopped; images, registry content and seed are kept'
}

remove_everything() {
  hosts_remove
  remove_containers
  docker volume ls --quiet --filter label="$LABEL" | xargs -r docker volume rm >/dev/null
  docker network ls --quiet --filter label="$LABEL" | xargs -r docker network rm >/dev/null
  images_remove
}

# What was pulled from the hub has our name and not our label. Images that somebody else's container uses stay.
images_remove() {
  docker images --filter reference="$PREFIX-*" --format '{{.Repository}}:{{.Tag}}' | { grep -vF '<none>' || true; } \
    | xargs -r docker rmi >/dev/null || true
  docker images --quiet --no-trunc --filter label="$IMAGE_LABEL" | sort -u | xargs -r docker rmi --force >/dev/null || true
}

# The cache holds the engine's data: it goes only after the engine.
cmd_down() {
  take_lock
  if engine_answers; then remove_everything; fi
  rm -rf "$REPO_ROOT/.fleet"
  if engine_stop; then
    rm -rf "$CACHE"
    say "nothing is left, except for apt packages that 'up' may have installed"
  else
    find "$CACHE" -mindepth 1 -maxdepth 1 ! -path "$ENGINE_ROOT" ! -path "$ENGINE_PID" ! -path "$ENGINE_LOG" -exec rm -rf {} +
  fi
}
