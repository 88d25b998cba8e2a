# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a project holds, its rehearsal has no way out and writes nothing of production."""

from __future__ import annotations

import json
import os
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.rehearsal_mounts import (
    DIRECTORY,
    FILE,
    MISSING,
    OTHER,
    SOCKETS,
)
from ansible_collections.ratchet.runtime.plugins.module_utils.rehearsal_project import Ask, Throwaway, throwaway
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("RATCHET_EXAMPLES", "100"))
laws = settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])

NAMES = ("db", "web", "worker", "cache", "proxy")
SOURCES = (
    "/",
    "/run",
    "/var/run/docker.sock",
    "/srv/data",
    "/srv/data/",
    "/srv/da,ta",
    "/srv/../etc",
    "/layers",
    "/srv/f",
)
KINDS = (DIRECTORY, FILE, MISSING, OTHER, SOCKETS)
# All that a service of a rehearsal may have; a new key is a decision.
HARMLESS = {
    *(
        "command",
        "entrypoint",
        "user",
        "image",
        "pull_policy",
        "environment",
        "volumes",
        "labels",
        "logging",
        "restart",
    ),
    *(
        "stop_grace_period",
        "depends_on",
        "security_opt",
        "dns",
        "networks",
        "network_mode",
        "hostname",
        "expose",
        "ipc",
    ),
    *("pid", "secrets", "configs", "deploy"),
}

name = st.sampled_from(NAMES)
text = st.text(max_size=8)
modes = st.one_of(
    st.sampled_from(["host", "bridge", "none", "private", "container:abc"]), name.map("service:{}".format)
)
mount = st.fixed_dictionaries(
    {"type": st.sampled_from(["bind", "bind", "volume", "tmpfs", "npipe", "image"]), "target": st.just("/t")},
    optional={
        "source": st.one_of(st.sampled_from(SOURCES), st.sampled_from(["data", "logs"])),
        "read_only": st.booleans(),
        "bind": st.just({"propagation": "rshared", "selinux": "Z", "create_host_path": True}),
        "volume": st.just({"nocopy": True}),
        "consistency": text,
    },
)
network = st.dictionaries(
    st.sampled_from(["default", "front", "rehearsal"]),
    st.one_of(st.none(), st.fixed_dictionaries({"aliases": st.lists(name, max_size=2)})),
    max_size=2,
)
service = st.fixed_dictionaries(
    {"image": st.sampled_from(["shop:1", "redis", "postgres"])},
    optional={
        "ports": st.just([{"target": 80, "published": "80"}]),
        "privileged": st.booleans(),
        "container_name": name,
        "hostname": name,
        "network_mode": modes,
        "pid": modes,
        "ipc": modes,
        "uts": st.just("host"),
        "cgroup": st.just("host"),
        "userns_mode": st.just("host"),
        "cap_add": st.just(["ALL"]),
        "devices": st.just(["/dev/sda"]),
        "device_cgroup_rules": st.just(["a *:* rwm"]),
        "gpus": st.just("all"),
        "runtime": text,
        "security_opt": st.lists(st.sampled_from(["seccomp=unconfined", "no-new-privileges:true"])),
        "networks": network,
        "volumes": st.lists(mount, max_size=4),
        "volumes_from": st.just(["db"]),
        "use_api_socket": st.booleans(),
        "provider": st.just({"type": "x"}),
        "post_start": st.just([{"privileged": True}]),
        "extra_hosts": st.just(["a=1.2.3.4"]),
        "external_links": st.just(["other"]),
        "links": st.lists(name.map("{}:db".format), max_size=1),
        "depends_on": st.dictionaries(name, st.just({"condition": "service_healthy"}), max_size=3),
        "labels": st.just({"traefik.enable": "true"}),
        "environment": st.dictionaries(text, st.one_of(st.none(), text), max_size=2),
        "deploy": st.just({"replicas": 2, "resources": {"reservations": {"devices": [{}]}}}),
        "restart": st.just("always"),
        "expose": st.just(["80"]),
        "x-anything": text,
        "key_of_tomorrow": text,
    },
)
projects = st.fixed_dictionaries(
    {
        "name": st.just("shop"),
        "services": st.fixed_dictionaries({"web": service, "db": service}, optional=dict.fromkeys(NAMES[2:], service)),
        "volumes": st.just({"data": {"name": "shop_data", "external": True}, "logs": {"name": "shop_logs"}}),
        "networks": st.just({"default": {"name": "shop_default"}}),
    }
)
asks = st.builds(
    Ask,
    project=st.just("rehearsal"),
    images=st.dictionaries(name, st.just("shop:2"), min_size=1, max_size=3),
    network=st.just("isolated"),
    database=st.tuples(st.sampled_from(["db", "cache", "10.0.0.5", "localhost"]), st.just(5432)),
    server=st.just(("trial", 5432)),
    layers=st.sampled_from(["/layers", "/srv/data/layers", "/lay,ers"]),
    database_service=st.sampled_from(["db", ""]),
    left_out=st.lists(name, max_size=2).map(tuple),
    companions=st.lists(name, max_size=2).map(tuple),
    environment=st.dictionaries(text, text, max_size=1),
    labels=st.just({"ours": "1"}),
    mountpoints=st.dictionaries(
        st.sampled_from(["shop_data", "shop_logs"]), st.sampled_from([None, "/volumes/x", "/layers/1"]), max_size=2
    ),
    kind=st.dictionaries(st.sampled_from(SOURCES), st.sampled_from(KINDS)).map(
        lambda known: lambda path: known.get(path, DIRECTORY)
    ),
)


@laws
@given(projects, asks)
def test_whatever_a_project_holds(project: dict[str, Any], ask: Ask) -> None:
    before = json.dumps(project)
    try:
        found = throwaway(project, ask)
    except RatchetError:
        return
    assert json.dumps(project) == before
    there_is_no_way_out(found, ask)
    nothing_of_production_is_written(found, ask)
    only_the_new_version_runs(found, ask, project)


def there_is_no_way_out(found: Throwaway, ask: Ask) -> None:
    services = found.project["services"]
    assert not {*services} & {*ask.left_out, ask.database_service, ask.database[0]}
    assert found.project["networks"] == {"rehearsal": {"name": "isolated", "external": True}}
    for each in services.values():
        assert {*each} <= HARMLESS
        mode = each.get("network_mode")
        if mode is None:
            assert [*each["networks"]] == ["rehearsal"]
            assert each["dns"] == ["127.0.0.1"]
            assert not {*each["networks"]["rehearsal"]["aliases"]} & {*found.database_names}
        else:
            assert mode == "none" or mode.partition("service:")[2] in services
            assert not {"networks", "dns", "hostname", "expose"} & {*each}
        assert each.get("pid", "service:web").partition(":")[2] in (*services, "web")
        assert each.get("ipc") in (None, "none", "private", "shareable", *(f"service:{other}" for other in services))
        assert {*each["security_opt"]} <= {"no-new-privileges:true"}
        assert (each["labels"], each["restart"], each["pull_policy"]) == ({"ours": "1"}, "no", "never")
        assert {*each["depends_on"]} <= {*services}


def nothing_of_production_is_written(found: Throwaway, ask: Ask) -> None:
    for each in found.project["services"].values():
        for one in each["volumes"]:
            assert "selinux" not in json.dumps(one)
            assert one["type"] in ("bind", "volume", "tmpfs")
            if one["type"] == "bind":
                assert one["read_only"] is True
                assert ask.kind(os.path.normpath(one["source"])) in (DIRECTORY, FILE)
            elif one.get("source"):
                assert one["source"] in found.project["volumes"]
    for volume in found.project["volumes"].values():
        assert volume["driver"] == "local"
        assert {*volume} <= {"driver", "driver_opts", "labels"}
        options = volume.get("driver_opts")
        if options:
            layers = dict(option.split("=") for option in options["o"].split(","))
            assert [*layers] == ["lowerdir", "upperdir", "workdir"]
            assert layers["upperdir"].startswith(f"{ask.layers}/")
            assert not f"{layers['upperdir']}/".startswith(f"{layers['lowerdir'].rstrip('/')}/")


def only_the_new_version_runs(found: Throwaway, ask: Ask, project: dict[str, Any]) -> None:
    old = {project["services"][each]["image"] for each in ask.images if each in project["services"]}
    for name, each in found.project["services"].items():
        assert each["image"] == ask.images[name] if name in ask.images else each["image"] not in old
