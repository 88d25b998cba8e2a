# shellcheck shell=bash
# Builds the fleet's own images, each only if what it is made from has changed.

folder_hash() { # FOLDER [WORDS...]
  { cd "$1" && find . -type f -not -path '*/__pycache__/*' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum; echo "${@:2}"; } | sha256sum | cut -c1-16
}

image_id() { docker image inspect --format '{{.Id}}' "$1"; }

is_built() { # IMAGE HASH
  [ "$(docker image inspect --format "{{index .Config.Labels \"$IMAGE_LABEL\"}}" "$1" 2>/dev/null)" = "$2" ]
}

build() { # IMAGE FOLDER BASE_IMAGE [docker build arguments]
  local image=$1 folder=$FLEET_HOME/images/$2 hash
  hash=$(folder_hash "$folder" "$(image_id "$3")" "${@:4}")
  is_built "$image" "$hash" && return
  docker_build "$image" "$hash" "$folder" "${@:4}"
  say "built $image"
}

docker_build() { # IMAGE HASH FOLDER [docker build arguments]
  local log
  log=$(DOCKER_BUILDKIT=1 docker build --progress plain --tag "$1" --label "$IMAGE_LABEL=$2" "${@:4}" "$3" 2>&1) \
    || { tail -n 15 <<<"$log" >&2; die "building $1 failed"; }
}

# The official image, or one with the same contract. PG_VERSION is known only once the package is installed: two passes,
# and the second one only adds the variable.
postgres_image() { # MAJOR
  local image=$PREFIX-postgres:$1 suite hash version arguments
  has_image "$image" && use_hub && return
  if use_hub; then
    pull_as "postgres:$1" "$image"
    return
  fi
  case $1 in 15) suite=bookworm ;; 17) suite=trixie ;; *) die "no Debian release has Postgres $1" 'FLEET_PG can be 15 and 17' ;; esac
  hash=$(folder_hash "$FLEET_HOME/images/postgres" "$(image_id "$PREFIX-base:$suite")" "$1")
  is_built "$image" "$hash" && return
  arguments=(--build-arg BASE="$PREFIX-base:$suite" --build-arg PG_MAJOR="$1")
  docker_build "$image" unfinished "$FLEET_HOME/images/postgres" "${arguments[@]}"
  version=$(docker run --rm --network none --entrypoint dpkg-query "$image" --show --showformat '${Version}' "postgresql-$1")
  docker_build "$image" "$hash" "$FLEET_HOME/images/postgres" "${arguments[@]}" --build-arg PG_VERSION="$version"
  say "built $image ($version)"
}

suites() {
  echo trixie
  case " $POSTGRES_VERSIONS " in *' 15 '*) echo bookworm ;; esac
}

lane_hosts() {
  build "$PREFIX-host" host "$PREFIX-base:trixie" --build-arg BASE="$PREFIX-base:trixie"
}

lane_services() {
  local major
  build "$PREFIX-python" python "$PREFIX-base:trixie" --build-arg BASE="$PREFIX-base:trixie"
  releases_build
  build "$PREFIX-haproxy" haproxy "$PREFIX-base:trixie" --build-arg BASE="$PREFIX-base:trixie"
  for major in $POSTGRES_VERSIONS; do postgres_image "$major"; done
}

images_build() {
  local lanes=() suite
  use_hub || true   # asked before the lanes, so that only one of them waits for the answer
  for suite in $(suites); do lanes+=("base $suite"); done
  in_parallel "${lanes[@]}"
  in_parallel lane_hosts lane_services
  # What a rebuild replaced.
  docker image prune --force --filter label="$IMAGE_LABEL" >/dev/null
}
