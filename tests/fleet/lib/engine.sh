# shellcheck shell=bash
# A Docker engine, Compose and buildx on this machine.

ENGINE_PID=$CACHE/dockerd.pid
ENGINE_LOG=$CACHE/dockerd.log
ENGINE_ROOT=${FLEET_ENGINE_ROOT:-$CACHE/engine}

# A client may be installed without a server behind it, and without plugins: ask, don't look for files.
engine_answers() { docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }
client_complete() { docker compose version >/dev/null 2>&1 && docker buildx version >/dev/null 2>&1; }

need_engine() { engine_answers || die 'no Docker engine answers' "run 'fleet up', or start your engine"; }

engine_up() {
  if ! engine_answers || ! client_complete; then
    [ "$(id -u)" = 0 ] || die 'no complete Docker (engine, compose, buildx) answers, and only root can install one' \
      "start your engine, join the group 'docker', or run 'fleet up' as root"
    if ! command -v dockerd >/dev/null || ! client_complete; then engine_install; fi
    engine_answers || engine_start
    client_complete || die 'docker compose or docker buildx is missing' 'install the plugins docker-compose and docker-buildx'
  fi
  need_tool curl curl
  local version
  version=$(docker version --format '{{.Server.Version}}')
  [ "${version%%.*}" -ge 25 ] || die "Docker engine $version is too old, the tests need 25 or newer"
}

engine_install() {
  command -v apt-get >/dev/null || die 'no Docker engine, and no apt-get to install it' 'install Docker with compose and buildx'
  local suite='' packages=(docker.io docker-cli docker-compose docker-buildx)
  say 'installing the Docker engine'
  apt-get update -qq   # a new machine has no package lists, and without them apt doesn't tell its mirror
  if [ "$(. /etc/os-release && echo "${VERSION_CODENAME:-}")" = bookworm ]; then
    engine_add_trixie
    suite=/trixie
  fi
  DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends "${packages[@]/%/$suite}" \
    iptables mmdebstrap ca-certificates openssh-client curl python3 >"$CACHE/apt.log" 2>&1 \
    || { tail -n 5 "$CACHE/apt.log" >&2; die 'apt-get install failed' "see $CACHE/apt.log"; }
  hash -r
}

# Bookworm's engine 20.10 is too old. Only the four packages come from trixie, by name: `-t trixie` would bring a new libc.
engine_add_trixie() {
  local mirror
  mirror=$(apt_mirror)
  cat >/etc/apt/sources.list.d/ratchet-fleet.sources <<END
Types: deb
URIs: $mirror
Suites: trixie
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
END
  cat >/etc/apt/preferences.d/ratchet-fleet <<'END'
Package: *
Pin: release n=trixie
Pin-Priority: 100
END
  apt-get update -qq
}

# The mirror that this machine uses already.
apt_mirror() {
  local sites
  # shellcheck disable=SC2016  # $(SITE) is apt's
  sites=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Component: main' | grep -v security || true)
  [ -n "${FLEET_MIRROR:-$sites}" ] || die 'apt knows no Debian mirror' 'name one: FLEET_MIRROR=URL'
  echo "${FLEET_MIRROR:-${sites%%$'\n'*}}"
}

# A process that nobody has taken the exit code of isn't one that runs.
engine_runs() { grep -qsE '^[0-9]+ \(dockerd\) [^ZX]' /proc/[0-9]*/stat; }

# What a killed engine leaves: its pid file, which may name a process that is dead and not gone, and its bridges. The next
# engine makes those anew that it knows; of the others, one with the address of a new network takes that network's packets.
# Only where no engine runs at all is a bridge with Docker's name for it nobody's.
engine_clear_up() {
  local bridge
  ! engine_runs || return 0
  rm -f "$ENGINE_PID"
  command -v ip >/dev/null || return 0
  for bridge in /sys/class/net/br-*/bridge; do
    bridge=$(basename "$(dirname "$bridge")")
    if [[ $bridge =~ ^br-[0-9a-f]{12}$ ]]; then ip link delete "$bridge"; fi
  done
}

engine_start() {
  if [ -d /run/systemd/system ]; then
    systemctl start docker
  else
    engine_clear_up
    say "starting dockerd (no systemd), data in $ENGINE_ROOT"
    mkdir -p "$ENGINE_ROOT"
    # The engine outlives this script: it mustn't keep the lock.
    setsid dockerd --data-root "$ENGINE_ROOT" --pidfile "$ENGINE_PID" >"$ENGINE_LOG" 2>&1 </dev/null {LOCK_FD}>&- &
  fi
  retry 300 engine_answers && return
  tail -n 5 "$ENGINE_LOG" >&2 || true
  die 'the Docker engine does not start' "see $ENGINE_LOG"
}

# Ends the engine that engine_start started, and no other one.
engine_stop() {
  local pid
  pid=$(cat "$ENGINE_PID" 2>/dev/null) || return 0
  if ! tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF -- "--pidfile $ENGINE_PID"; then
    return 0
  fi
  if [ -n "$(docker ps --all --quiet; docker volume ls --quiet)" ]; then
    say 'the engine stays: it has containers or volumes that are not of the fleet'
    return 1
  fi
  kill "$pid"
  retry 300 test ! -e "/proc/$pid" || die "dockerd (process $pid) does not end" "see $ENGINE_LOG"
  rm -rf "$ENGINE_ROOT"
}
