# shellcheck shell=bash
# The releases of the sample runtime: one Dockerfile, all versions built side by side.

SAMPLE=$FLEET_HOME/sample_runtime
SAMPLE_IMAGE=$LOCAL_REGISTRY/fleet/sample-runtime
LATEST=1.1.0

release_versions() { sed -n 's/^  "\([0-9.]*\)": .*/\1/p' "$SAMPLE/releases.json"; }

releases_are_built() { # HASH
  local version
  for version in $(release_versions) latest; do is_built "$SAMPLE_IMAGE:$version" "$1" || return 1; done
}

releases_build() {
  local hash log
  need_tool python3 python3
  hash=$(folder_hash "$SAMPLE" "$(image_id "$PREFIX-python")")
  releases_are_built "$hash" && return
  log=$(python3 "$SAMPLE/bake.py" --base "$PREFIX-python" --image "$SAMPLE_IMAGE" --label "$IMAGE_LABEL" --hash "$hash" \
    | docker buildx bake --progress plain --file - 2>&1) || { tail -n 15 <<<"$log" >&2; die 'building the sample runtime failed'; }
  docker tag "$SAMPLE_IMAGE:$LATEST" "$SAMPLE_IMAGE:latest"
  say "built sample-runtime: $(release_versions | tr '\n' ' ')"
}
