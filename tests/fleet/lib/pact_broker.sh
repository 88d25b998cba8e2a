# shellcheck shell=bash
# The stand-in for the Pact Broker, all its releases; built and pushed only when a test asks for it.

PACT_BROKER=$FLEET_HOME/pact_broker

pact_broker_tags() { python3 "$PACT_BROKER/bake.py" --tags; }

pact_broker_is_there() { # HASH
  local name urls=()
  while read -r name; do
    is_built "$LOCAL_REGISTRY/$name" "$1" || return 1
    urls+=("http://$LOCAL_REGISTRY/v2/${name%:*}/manifests/${name##*:}")
  done < <(pact_broker_tags)
  curl --silent --fail --fail-early --head --header "Accept: $MANIFEST" "${urls[@]}" >/dev/null
}

cmd_pact-broker() {
  local hash log name
  need_engine
  need_tool python3 python3
  take_lock
  hash=$(folder_hash "$PACT_BROKER/image" "$(image_id "$PREFIX-python")" "$(sha256sum <"$PACT_BROKER/releases.json")")
  pact_broker_is_there "$hash" && return
  log=$(python3 "$PACT_BROKER/bake.py" --base "$PREFIX-python" --registry "$LOCAL_REGISTRY" --label "$IMAGE_LABEL" --hash "$hash" \
    | docker buildx bake --progress plain --file - 2>&1) || { tail -n 15 <<<"$log" >&2; die 'building the stand-in Pact Broker failed'; }
  for name in $(pact_broker_tags | cut -d: -f1 | sort -u); do docker push --quiet --all-tags "$LOCAL_REGISTRY/$name" >/dev/null; done
  say "built pact-broker: $(pact_broker_tags | cut -d: -f2 | tr '\n' ' ')"
}
