# shellcheck shell=bash
# The images that everything is built on: Docker Hub's, or made from Debian's archive where there is no hub.

HUB_ANSWER=$CACHE/hub

# Whether base images come from Docker Hub. Asked once, as finding out that it doesn't answer takes seconds.
use_hub() {
  case $SOURCE in
    hub) return 0 ;;
    debian) return 1 ;;
    auto) ;;
    *) die "FLEET_SOURCE=$SOURCE is unknown" 'it can be auto, hub or debian' ;;
  esac
  if [ ! -s "$HUB_ANSWER" ]; then
    if (pull_as debian:trixie-slim "$PREFIX-rootfs:trixie" 15) 2>/dev/null; then echo yes; else echo no; fi >"$HUB_ANSWER"
  fi
  [ "$(cat "$HUB_ANSWER")" = yes ]
}

# Under our own name only, so that `down` can tell its images from those that were here before.
pull_as() { # IMAGE NAME [SECONDS]
  local had=1
  docker image inspect "$1" >/dev/null 2>&1 || had=0
  [ $had = 1 ] || timeout "${3:-600}" docker pull --quiet "$1" >/dev/null || die "can't pull $1"
  docker tag "$1" "$2"
  [ $had = 1 ] || docker rmi "$1" >/dev/null
}

has_image() { docker image inspect "$1" >/dev/null 2>&1; }

rootfs() { # SUITE -> image ratchet-rootfs:SUITE
  has_image "$PREFIX-rootfs:$1" && return
  if use_hub; then
    pull_as "debian:$1-slim" "$PREFIX-rootfs:$1"
    return
  fi
  [ -s "$CACHE/$1.tar" ] || rootfs_bootstrap "$1"
  docker import "$CACHE/$1.tar" "$PREFIX-rootfs:$1" >/dev/null
  say "root file system of $1"
}

# In memory if there is enough of it (in containers there isn't): half the time.
scratch_folder() {
  local free
  free=$(df --output=avail --block-size=1M /dev/shm 2>/dev/null | tail -n 1)
  if [ "${free:-0}" -ge 1000 ] && ! findmnt --options noexec /dev/shm >/dev/null; then mktemp -d -p /dev/shm; else mktemp -d; fi
}

rootfs_bootstrap() { # SUITE
  [ "$(id -u)" = 0 ] || die 'only root can make a Debian root file system' 'run as root, or with FLEET_SOURCE=hub'
  command -v mmdebstrap >/dev/null \
    || DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends mmdebstrap >"$CACHE/apt.log" 2>&1
  local tmp log=$CACHE/mmdebstrap.$1.log
  tmp=$(scratch_folder)
  TMPDIR=$tmp mmdebstrap --quiet --variant=minbase --format=tar --dpkgopt=force-unsafe-io \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' --aptopt='Acquire::Languages "none"' \
    "$1" "$CACHE/$1.tar.part" "$(apt_mirror)" 2>"$log" || { tail -n 5 "$log" >&2; die "mmdebstrap $1 failed" "see $log"; }
  rm -rf "$tmp"
  mv "$CACHE/$1.tar.part" "$CACHE/$1.tar"
}

base() { # SUITE -> image ratchet-base:SUITE
  rootfs "$1"
  build "$PREFIX-base:$1" base "$PREFIX-rootfs:$1" --build-arg ROOTFS="$PREFIX-rootfs:$1"
}
