# shellcheck shell=bash
# The hosts' data roots. On tmpfs a host is several times faster; but a tmpfs is gone as soon as nobody has it mounted, and a
# host that is restarted, or killed and started, must find its containers again. So a container that does nothing holds them.

HOLDER=$PREFIX-disks

disk_create() { # NAME
  local options=()
  docker volume inspect "$1" >/dev/null 2>&1 && return
  case $DISK in
    tmpfs) options=(--opt type=tmpfs --opt device=tmpfs --opt 'o=size=4g,mode=711') ;;
    volume) ;;
    *) die "FLEET_DISK=$DISK is unknown" 'it can be tmpfs or volume' ;;
  esac
  docker volume create --label "$LABEL" --label "$HOST_LABEL" "${options[@]}" "$1" >/dev/null
}

# What a container can mount is fixed when it starts: for more hosts, a new holder takes over before the old one goes.
disks_up() { # COUNT
  local number mounts=()
  is_running "$HOLDER" && [ "$(docker inspect --format '{{len .Mounts}}' "$HOLDER")" -ge "$1" ] && return
  for ((number = 1; number <= $1; number++)); do
    disk_create "$PREFIX-app$number"
    mounts+=(--volume "$PREFIX-app$number:/disks/$number")
  done
  [ "$DISK" = tmpfs ] || return 0
  docker rm --force "$HOLDER-next" >/dev/null 2>&1 || true
  docker run --detach --name "$HOLDER-next" --label "$LABEL" --network none "${mounts[@]}" \
    "$PREFIX-base:trixie" sleep infinity >/dev/null || die "can't mount the hosts' disks" 'try FLEET_DISK=volume'
  docker rm --force "$HOLDER" >/dev/null 2>&1 || true
  docker rename "$HOLDER-next" "$HOLDER"
}

disks_remove() {
  docker rm --force "$HOLDER" >/dev/null 2>&1 || true
  docker volume ls --quiet --filter label="$HOST_LABEL" | xargs -r docker volume rm >/dev/null
}
