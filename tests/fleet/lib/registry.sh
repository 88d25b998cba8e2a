# shellcheck shell=bash
# The local registry: plain HTTP, reachable from this machine and from the hosts.

REGISTRY=$PREFIX-registry
MANIFEST=application/vnd.docker.distribution.manifest.v2+json

registry_answers() { curl --silent --fail --output /dev/null --max-time 2 "http://$LOCAL_REGISTRY/v2/"; }

registry_up() {
  if ! is_running "$REGISTRY"; then
    docker rm --force "$REGISTRY" >/dev/null 2>&1 || true
    docker volume inspect "$REGISTRY" >/dev/null 2>&1 || docker volume create --label "$LABEL" "$REGISTRY" >/dev/null
    start_container "$REGISTRY" 2 --publish "$LOCAL_REGISTRY:5000" --volume "$REGISTRY:/var/lib/registry" \
      --entrypoint docker-registry "$PREFIX-host" serve /etc/docker/registry/config.yml
  fi
  retry 100 registry_answers || die "the registry does not answer on $LOCAL_REGISTRY" "see docker logs $REGISTRY"
}

# Creates and starts a service of the fleet, and says what to do when its port is taken.
start_container() { # NAME LAST_OCTET [docker run arguments]
  local log
  log=$(docker run --detach --name "$1" --hostname "$1" --label "$LABEL" --network "$NETWORK" --ip "$(address "$2")" "${@:3}" 2>&1) && return
  docker rm --force --volumes "$1" >/dev/null 2>&1 || true
  explain_start "$1" "$log"
}

explain_start() { # NAME LOG
  case $2 in
    *'port is already allocated'* | *'address already in use'*)
      die "$1: $(grep -oE '127\.0\.0\.1:[0-9]+|0\.0\.0\.0:[0-9]+' <<<"$2" | head -n 1) is taken" 'choose others: FLEET_PORT, FLEET_LB_PORT, FLEET_STATS_PORT' ;;
    *) die "$1 does not start: $2" ;;
  esac
}

# Names in the registry, and the local image of each.
registry_content() {
  local major version
  for major in $POSTGRES_VERSIONS; do echo "postgres:$major $PREFIX-postgres:$major"; done
  echo "python:3 $PREFIX-python"
  echo "haproxy:3 $PREFIX-haproxy"
  for version in $(release_versions) latest; do
    echo "sample-runtime:$version $LOCAL_REGISTRY/fleet/sample-runtime:$version"
  done
}

# Whether the registry still has every name: tests remove some.
registry_has_all() { # NAME:TAG...
  local urls=() name
  for name in "$@"; do urls+=("http://$LOCAL_REGISTRY/v2/fleet/${name%:*}/manifests/${name#*:}"); done
  curl --silent --fail --fail-early --head --header "Accept: $MANIFEST" "${urls[@]}" >/dev/null
}

registry_fill() {
  local names=() locals=() name image hash
  while read -r name image; do
    names+=("$name")
    locals+=("$image")
  done < <(registry_content)
  hash=$(docker image inspect --format '{{.Id}}' "${locals[@]}" | sha256sum)
  [ "$(cat "$CACHE/pushed" 2>/dev/null)" = "$hash" ] && registry_has_all "${names[@]}" && return
  while read -r name image; do
    case $name in
      sample-runtime:*) ;;
      *) push_as "$image" "$LOCAL_REGISTRY/fleet/$name" ;;
    esac
  done < <(registry_content)
  docker push --quiet --all-tags "$LOCAL_REGISTRY/fleet/sample-runtime" >/dev/null
  echo "$hash" >"$CACHE/pushed"
  say 'images are in the registry'
}

push_as() { # IMAGE NAME
  docker tag "$1" "$2"
  docker push --quiet "$2" >/dev/null || die "can't push $2"
  docker rmi "$2" >/dev/null
}
