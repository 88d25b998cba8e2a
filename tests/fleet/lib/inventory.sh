# shellcheck shell=bash
# The Ansible inventory, written from what runs.

inventory() {
  local name
  cat <<END
---
# Written by tests/fleet/fleet; the next \`fleet up\` overwrites it.
runtime:
  hosts:
END
  for name in $(host_names); do
    printf '    %s:\n      ansible_host: %s\n' "${name#"$PREFIX-"}" "$(container_address "$name")"
  done
  cat <<END
  vars:
    ansible_user: root
    ansible_ssh_private_key_file: $SSH_KEY
    ansible_ssh_common_args: -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR
    ansible_python_interpreter: /usr/bin/python3
    runtime_project_dir: /opt/sample
    runtime_services: [web]
    runtime_health_url: http://127.0.0.1:8080/health
    runtime_health_expect: {status: 200, json: {status: ok, version: "{version}"}}
    runtime_strategy: rolling
    runtime_database: {image: "$INNER_REGISTRY/fleet/postgres:17"}
    fleet_prefix: $PREFIX-
    fleet_registry: $INNER_REGISTRY
    fleet_registry_api: http://$LOCAL_REGISTRY
    fleet_lb_url: http://127.0.0.1:$LB_PORT/
    fleet_postgres: $POSTGRES
    fleet_postgres_host: $(address 3)
    fleet_postgres_password_file: $PASSWORD_FILE
END
}

container_address() { docker inspect --format "{{(index .NetworkSettings.Networks \"$NETWORK\").IPAddress}}" "$1"; }

inventory_write() {
  mkdir -p "$(dirname "$INVENTORY")"
  inventory >"$INVENTORY"
}

cmd_inventory() {
  need_engine
  inventory
}
