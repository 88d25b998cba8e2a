# shellcheck shell=bash disable=SC2034  # the variables are used by the other parts
# Settings, and the helpers that every part uses.

PREFIX=${FLEET_PREFIX:-ratchet}           # another one, subnet, ports and cache: a second fleet beside the first
LABEL=$PREFIX.fleet=1                     # on containers, volumes and networks: what `down` may remove
HOST_LABEL=$PREFIX.fleet.host=1           # on the hosts and their disks
IMAGE_LABEL=$PREFIX.fleet.image           # on images, with the hash of what they were made from; containers inherit it
NETWORK=$PREFIX-net
SUBNET=${FLEET_SUBNET:-10.88.0.0/24}
REGISTRY_PORT=${FLEET_PORT:-5000}
LB_PORT=${FLEET_LB_PORT:-18080}
STATS_PORT=${FLEET_STATS_PORT:-18081}
POSTGRES_VERSIONS=${FLEET_PG:-17}
DISK=${FLEET_DISK:-tmpfs}
SOURCE=${FLEET_SOURCE:-auto}
CACHE=${FLEET_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ratchet-fleet}
INVENTORY=$REPO_ROOT/.fleet/inventory/hosts.yml

SSH_KEY=$CACHE/id_ed25519
PASSWORD_FILE=$CACHE/postgres-password
LOCAL_REGISTRY=127.0.0.1:$REGISTRY_PORT        # as this machine sees it
INNER_REGISTRY=$PREFIX-registry:5000           # as the hosts see it

say() { printf '[%3ds] %s\n' "$SECONDS" "$*" >&2; }

die() { # MESSAGE [REMEDY]
  printf 'fleet: %s\n' "$1" >&2
  [ $# = 1 ] || printf '       %s\n' "$2" >&2
  exit 1
}

need_tool() { # COMMAND DEBIAN_PACKAGE
  command -v "$1" >/dev/null || die "$1 is missing" "install it, on Debian and Ubuntu: apt-get install $2"
}

check_count() {
  [[ $1 =~ ^[1-9][0-9]?$ ]] || die "the number of hosts must be 1 to 99, not '$1'"
}

address() { # LAST_OCTET
  [[ $SUBNET =~ ^([0-9]+\.[0-9]+\.[0-9]+)\.0/24$ ]] || die "FLEET_SUBNET=$SUBNET is no /24 network" 'write it like 10.88.0.0/24'
  echo "${BASH_REMATCH[1]}.$1"
}

# Two clones of the repository share one fleet, so only one `up` works at a time.
take_lock() {
  mkdir -p "$CACHE"
  exec {LOCK_FD}>"$CACHE/lock"
  flock --nonblock "$LOCK_FD" || { say 'another fleet command is running, waiting for it'; flock "$LOCK_FD"; }
}

release_lock() { exec {LOCK_FD}>&-; }

# Runs the commands side by side; fails, after all have ended, if one failed.
in_parallel() {
  local pids=() pid failed=0
  for command in "$@"; do
    ($command) &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
  [ $failed = 0 ] || exit 1
}

retry() { # TENTHS_OF_A_SECOND COMMAND...
  local left=$1
  shift
  until "$@" >/dev/null 2>&1; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || return 1
    sleep 0.1
  done
}

make_secrets() {
  need_tool ssh-keygen openssh-client
  [ -s "$SSH_KEY" ] || ssh-keygen -q -t ed25519 -N '' -C ratchet-fleet -f "$SSH_KEY"
  [ -s "$PASSWORD_FILE" ] || (umask 077 && od -An -N16 -tx1 /dev/urandom | tr -d ' \n' >"$PASSWORD_FILE")
}

is_running() { [ "$(docker inspect --format '{{.State.Running}}' "$1" 2>/dev/null)" = true ]; }

# Copies a file into a container that was created and not started, whoever owns it out here: tar says what it is in there.
copy_into() { # FILE CONTAINER PATH UID MODE
  tar --create --file - --directory "$(dirname "$1")" --transform "s|.*|${3#/}|" --owner "$4" --group "$4" --mode "$5" \
    "$(basename "$1")" | docker cp --quiet - "$2:/"
}

network_up() {
  local subnet
  if subnet=$(docker network inspect --format '{{(index .IPAM.Config 0).Subnet}}' "$NETWORK" 2>/dev/null); then
    [ "$subnet" = "$SUBNET" ] || die "network $NETWORK is $subnet, not $SUBNET" "run 'fleet down' first, or unset FLEET_SUBNET"
  else
    docker network create --label "$LABEL" --subnet "$SUBNET" "$NETWORK" >/dev/null \
      || die "can't make the network $SUBNET" 'choose one that is free, for example FLEET_SUBNET=10.89.0.0/24'
  fi
  network_is_alone
}

# Docker doesn't object to a network whose address another interface has, and then its packets go there.
network_is_alone() {
  local bridge others
  bridge=br-$(docker network inspect --format '{{slice .Id 0 12}}' "$NETWORK")
  if [ ! -e "/sys/class/net/$bridge" ] || ! command -v ip >/dev/null; then return 0; fi   # an engine in a place of its own
  others=$(ip -4 -oneline address show to "$SUBNET" | awk -v bridge="$bridge" '$2 != bridge { print $2 }')
  [ -z "$others" ] || die "the network $SUBNET is taken by ${others//$'\n'/, }, too" \
    "if an engine that was killed has left it: ip link delete ${others//$'\n'/ }; or choose another: FLEET_SUBNET=10.89.0.0/24"
}
