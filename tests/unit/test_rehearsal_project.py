# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Production's project becomes a rehearsal's: the same application, and no way out of it for anything."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.rehearsal_mounts import DIRECTORY, FILE, MISSING
from ansible_collections.ratchet.runtime.plugins.module_utils.rehearsal_project import Ask, Throwaway, throwaway

KINDS = {"/opt/app/dags": DIRECTORY, "/opt/app/app.cfg": FILE, "/volumes/logs": DIRECTORY, "/opt/app/secret": FILE}


def ask(**changes: Any) -> Ask:
    return Ask(
        **{
            "project": "rehearsal-1",
            "images": {"web": "shop:2"},
            "network": "rehearsal-1-net",
            "database": ("db", 5432),
            "server": ("trial", 5432),
            "layers": "/layers",
            "database_service": "db",
            "labels": {"ratchet.runtime.rehearsal": "1"},
            "mountpoints": {"shop_logs": "/volumes/logs"},
            "kind": lambda path: KINDS.get(path, MISSING),
            **changes,
        }
    )


def project(web: dict[str, Any] | None = None, **others: dict[str, Any]) -> dict[str, Any]:
    services = {"db": {"image": "postgres:17"}, "web": {"image": "shop:1", **(web or {})}, **others}
    return {"name": "shop", "services": services, "volumes": {"logs": {"name": "shop_logs"}}}


def made(web: dict[str, Any] | None = None, wish: Ask | None = None, **others: dict[str, Any]) -> Throwaway:
    return throwaway(project(web, **others), wish or ask())


def web_of(web: dict[str, Any] | None = None, **others: dict[str, Any]) -> dict[str, Any]:
    return made(web, **others).project["services"]["web"]


# --- which services ---


def test_what_the_runtime_needs_is_there_but_never_its_database() -> None:
    found = made(
        {"depends_on": {"db": {"condition": "service_healthy"}, "cache": {"condition": "service_healthy"}}},
        cache={"image": "redis", "links": ["store:s"], "depends_on": {"db": {}}},
        store={"image": "store"},
        proxy={"image": "haproxy", "depends_on": {"web": {}}},
    )
    assert found.services == ("cache", "store", "web")
    assert found.left_out == ()
    needs = found.project["services"]["web"]["depends_on"]
    assert needs == {"cache": {"condition": "service_healthy", "required": True}}
    assert found.project["services"]["store"]["networks"]["rehearsal"]["aliases"] == ["s"]


def test_whether_the_runtime_is_well_is_not_left_to_compose() -> None:
    needs = {"web": {"condition": "service_healthy"}, "cache": {"condition": "service_healthy"}}
    wish = ask(images={"web": "shop:2", "worker": "shop:2"})
    found = made({}, wish, worker={"image": "shop:1", "depends_on": needs}, cache={"image": "redis"})
    conditions = {name: how["condition"] for name, how in found.project["services"]["worker"]["depends_on"].items()}
    assert conditions == {"web": "service_started", "cache": "service_healthy"}


def test_the_old_version_never_comes_along() -> None:
    needs = {"init": {"condition": "service_completed_successfully"}}
    found = made({"depends_on": needs}, init={"image": "shop:1"})
    assert (found.services, found.left_out) == (("web",), ("init",))
    assert "web is started without init, which it needs" in found.notes
    after = made({"depends_on": needs}, ask(apart=("init",)), init={"image": "shop:1"})
    assert not any("init" in each for each in after.notes)
    asked = made({"depends_on": needs}, ask(images={"web": "shop:2", "init": "shop:2"}), init={"image": "shop:1"})
    assert asked.services == ("init", "web")
    assert asked.project["services"]["init"]["image"] == "shop:2"


def test_what_is_left_out_is_left_out_whoever_needs_it() -> None:
    wish = ask(left_out=("mail",), companions=("mail", "extra", "nobody"))
    found = made({"depends_on": {"mail": {}}}, wish, mail={"image": "m"}, extra={"image": "e"})
    assert (found.services, found.left_out) == (("extra", "web"), ("mail",))


def test_a_pooler_in_front_of_the_database_would_lead_to_production() -> None:
    wish = ask(database=("pooler", 6432))
    found = made({"depends_on": {"pooler": {}}, "environment": {"DB": "pooler:6432"}}, wish, pooler={"image": "p"})
    assert found.services == ("web",)
    assert "pooler" in found.database_names
    assert found.project["services"]["web"]["environment"] == {"DB": "trial:5432"}


def test_a_service_that_is_a_program_on_the_host_is_not_started() -> None:
    found = made({"depends_on": {"cloud": {}}}, cloud={"provider": {"type": "awesomecloud"}})
    assert found.left_out == ("cloud",)


def test_without_any_service_of_the_runtime_there_is_no_rehearsal() -> None:
    with pytest.raises(RatchetError, match="none of the services web"):
        made(wish=ask(left_out=("web",)))
    with pytest.raises(RatchetError, match="none of the services other"):
        made(wish=ask(images={"other": "x"}))


def test_production_is_no_rehearsal() -> None:
    with pytest.raises(RatchetError, match="can't be the project 'shop' itself"):
        made(wish=ask(project="shop"))


# --- how they run ---


def test_the_application_is_configured_as_in_production() -> None:
    same = {
        "command": ["serve", "--port", "80"],
        "entrypoint": ["/entry"],
        "user": "50000:0",
        "working_dir": "/app",
        "healthcheck": {"test": ["CMD", "true"], "interval": "3s"},
        "tmpfs": ["/tmp"],
        "read_only": True,
        "shm_size": "67108864",
        "ulimits": {"nofile": 5},
        "hostname": "web-1",
        "expose": ["8000"],
        "mem_limit": "1073741824",
    }
    found = web_of({**same, "deploy": {"replicas": 3, "resources": {"limits": {"cpus": 1, "memory": "1073741824"}}}})
    assert {key: found[key] for key in same} == same
    assert found["deploy"] == {"resources": {"limits": {"cpus": 1, "memory": "1073741824"}}}


def test_a_crash_is_seen_and_nothing_waits_long() -> None:
    found = web_of({"restart": "always", "stop_grace_period": "5m0s", "logging": {"driver": "syslog"}, "scale": 3})
    assert (found["restart"], found["stop_grace_period"], found.get("scale")) == ("no", "2s", None)
    assert found["logging"] == {"driver": "json-file", "options": {"max-size": "10m"}}


def test_what_reads_labels_sees_only_ours() -> None:
    found = web_of({"labels": {"traefik.enable": "true"}, "annotations": {"a": "b"}})
    assert found["labels"] == {"ratchet.runtime.rehearsal": "1"}
    assert "annotations" not in found


def test_it_is_on_the_isolated_network_under_all_its_names() -> None:
    found = made(
        {
            "container_name": "shop-web",
            "networks": {"front": {"aliases": ["www", "db"], "ipv4_address": "10.0.0.2"}, "back": None},
            "ports": [{"target": 80, "published": "80"}],
            "extra_hosts": ["mail=10.0.0.9"],
            "dns": ["8.8.8.8"],
            "dns_search": ["corp"],
            "external_links": ["other_mail_1:mail"],
        }
    )
    web = found.project["services"]["web"]
    assert found.project["networks"] == {"rehearsal": {"name": "rehearsal-1-net", "external": True}}
    assert web["networks"] == {"rehearsal": {"aliases": ["shop-web", "www"]}}
    assert web["dns"] == ["127.0.0.1"]
    assert not {"ports", "container_name", "extra_hosts", "dns_search", "external_links"} & {*web}
    assert "web runs without external_links, extra_hosts" in found.notes


def test_the_database_is_known_by_all_its_names() -> None:
    wish = ask(database=("10.0.0.5", 5432))
    rendered = project({"links": ["db:database"]})
    rendered["services"]["db"].update(
        container_name="shop-db", hostname="pg", networks={"default": {"aliases": ["main"]}}
    )
    assert throwaway(rendered, wish).database_names == ("database", "db", "main", "pg", "shop-db")
    assert throwaway(project(), ask(database=("localhost", 5432), database_service="")).database_names == ()


@pytest.mark.parametrize("mode", ["host", "bridge", "container:abc", "service:db", "service:gone"])
def test_no_network_of_others(mode: str) -> None:
    found = made({"network_mode": mode, "hostname": "h"})
    assert "network_mode" not in found.project["services"]["web"]
    assert [*found.project["services"]["web"]["networks"]] == ["rehearsal"]
    assert f"web runs without network_mode {mode}" in found.notes


def test_a_namespace_of_one_that_is_there_is_shared_and_no_host_s() -> None:
    sidecar = {"image": "s", "network_mode": "service:web", "ipc": "service:web", "pid": "service:web", "expose": ["1"]}
    found = made({"ipc": "shareable"}, ask(companions=("sidecar",)), sidecar=sidecar)
    services = found.project["services"]
    assert services["web"]["ipc"] == "shareable"
    shared = {key: value for key, value in services["sidecar"].items() if key in ("network_mode", "ipc", "pid")}
    assert shared == {"network_mode": "service:web", "ipc": "service:web", "pid": "service:web"}
    # The engine refuses these together with the network of another.
    assert not {"networks", "dns", "hostname", "expose"} & {*services["sidecar"]}


def test_nothing_of_the_host_is_given_and_it_is_said() -> None:
    found = made(
        {
            "privileged": True,
            "cap_add": ["NET_ADMIN"],
            "cap_drop": ["ALL"],
            "devices": [{"source": "/dev/sda"}],
            "pid": "host",
            "ipc": "host",
            "uts": "host",
            "userns_mode": "host",
            "cgroup_parent": "x",
            "security_opt": ["seccomp=unconfined", "no-new-privileges:true"],
            "volumes_from": ["db"],
            "use_api_socket": True,
            "post_start": [{"command": ["x"], "privileged": True}],
            "deploy": {"resources": {"reservations": {"devices": [{"capabilities": ["gpu"]}]}}},
        }
    )
    web = found.project["services"]["web"]
    assert (web["cap_drop"], web["security_opt"]) == (["ALL"], ["no-new-privileges:true"])
    assert "deploy" not in web
    assert found.notes[0] == (
        "web runs without cap_add, cgroup_parent, devices, post_start, privileged, use_api_socket, userns_mode, uts, volumes_from, "
        "ipc host, pid host, security_opt, reserved devices"
    )


def test_a_service_without_an_image_has_the_one_that_compose_has_built() -> None:
    found = made({"depends_on": {"mock": {}}, "build": {"context": "."}}, mock={"build": {"context": "."}})
    assert found.project["services"]["mock"]["image"] == "shop-mock"
    assert all("build" not in each for each in found.project["services"].values())


# --- the environment ---


def test_the_profile_s_variables_win_in_whatever_way_they_were_set() -> None:
    found = made(
        {"environment": {"SMTP_HOST": "mail", "SMTP_PASSWORD_FILE": "/run/secrets/s", "KEPT": "a$$b", "UNSET": None}},
        ask(environment={"SMTP_HOST": "none.invalid", "SMTP_PASSWORD": "a$b"}, companions=("cache",)),
        cache={"image": "redis", "environment": {"SMTP_HOST": "mail"}},
    )
    environment = found.project["services"]["web"]["environment"]
    assert environment == {"SMTP_HOST": "none.invalid", "SMTP_PASSWORD": "a$$b", "KEPT": "a$$b"}
    assert found.project["services"]["cache"]["environment"] == {"SMTP_HOST": "mail"}
    assert "Set so that nothing fires: SMTP_HOST, SMTP_PASSWORD" in found.notes


def test_the_database_is_the_throwaway_one_and_no_secret_is_told() -> None:
    found = made({"environment": {"URL": "postgres://u:s3cret@db/app"}, "command": ["wait-for", "db:5432"]})
    assert found.project["services"]["web"]["environment"] == {"URL": "postgres://u:s3cret@trial/app"}
    assert found.project["services"]["web"]["command"] == ["wait-for", "trial:5432"]
    assert "web finds the throwaway database by URL" in found.notes
    assert "s3cret" not in repr(found)


def test_an_address_that_no_variable_tells_is_said() -> None:
    unseen = ask(database=("10.0.0.5", 5432), database_service="")
    assert any("an address in a file leads nowhere" in note for note in made(wish=unseen).notes)
    seen = made({"environment": {"DB": "10.0.0.5:5432"}}, unseen)
    assert not any("an address in a file" in note for note in seen.notes)


def test_secrets_and_configs_are_there_unless_they_are_no_files() -> None:
    rendered = project({"secrets": [{"source": "key"}, {"source": "folder"}], "configs": [{"source": "text"}]})
    rendered["secrets"] = {
        "key": {"name": "shop_key", "file": "/opt/app/secret"},
        "folder": {"name": "shop_folder", "file": "/opt/app/dags"},
        "unused": {"file": "/opt/app/app.cfg"},
    }
    rendered["configs"] = {"text": {"name": "shop_text", "content": "x"}}
    found = throwaway(rendered, ask())
    assert found.project["secrets"] == {"key": {"file": "/opt/app/secret"}}
    assert found.project["configs"] == {"text": {"content": "x"}}
    assert found.project["services"]["web"]["secrets"] == [{"source": "key"}]
    assert "web runs without its secret folder" in found.notes


def test_no_setting_turns_the_way_to_the_host_on_again() -> None:
    settings = {"net.core.somaxconn": "1024", "net.ipv6.conf.all.disable_ipv6": "0"}
    found = made({"sysctls": settings})
    assert found.project["services"]["web"]["sysctls"] == {"net.core.somaxconn": "1024"}
    assert "web runs without net.ipv6.conf.all.disable_ipv6" in found.notes


# --- what it sees of production's files ---


def test_services_that_share_a_directory_still_do() -> None:
    dags = {"type": "bind", "source": "/opt/app/dags", "target": "/dags"}
    found = made(
        {"volumes": [dags, {"type": "volume", "source": "logs", "target": "/logs"}]},
        ask(companions=("cron",)),
        cron={"image": "c", "volumes": [{**dags, "target": "/d", "read_only": True}]},
    )
    assert [each.source for each in found.overlays] == ["/opt/app/dags", "/volumes/logs"]
    dags_overlay = found.overlays[0]
    services = found.project["services"]
    mount = {"type": "volume", "source": dags_overlay.volume, "target": "/dags", "volume": {"nocopy": True}}
    assert services["web"]["volumes"][0] == mount
    assert services["cron"]["volumes"] == [{**mount, "target": "/d", "read_only": True}]
    assert found.project["volumes"][dags_overlay.volume] == {
        "driver": "local",
        "driver_opts": {
            "type": "overlay",
            "device": "overlay",
            "o": f"lowerdir=/opt/app/dags,upperdir={dags_overlay.upper},workdir={dags_overlay.work}",
        },
        "labels": {"ratchet.runtime.rehearsal": "1"},
    }


def test_it_can_be_written_down() -> None:
    assert json.loads(json.dumps(made().project))["name"] == "rehearsal-1"
