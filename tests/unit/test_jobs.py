"""Services that run to their end: nobody expects that they run, they get the new image, and the migrating one isn't run twice."""

from __future__ import annotations

from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils import jobs, profiles
from fleet_observations import IMAGE, observation, plan, request


def with_init(job: bool = True, name: str = "init") -> dict[str, Any]:
    seen = observation()
    web = seen["services"][0]
    ended = {**web["containers"][0], "id": "i1", "name": f"sample-{name}-1", "service": name, "status": "exited"}
    seen["services"].append({**web, "name": name, "job": job, "containers": [ended]})
    seen["project"]["services"].append(name)
    seen["sources"].append({**seen["sources"][0], "service": name})
    return seen


def profile(**said: Any) -> Any:
    return profiles.load({"name": "p", "scheme": "semver", **said}, None, "/")[0]


def test_a_job_is_no_service_that_has_to_be_up_but_gets_the_image() -> None:
    fleet = jobs.apart({"app1": with_init()}, profile())
    host = plan(fleet).hosts["app1"]
    assert (host.services, host.jobs) == (["web"], ["init"])
    assert host.project["images"]["init"].startswith(f"{IMAGE}:1.1.0@")


def test_the_profile_knows_jobs_that_nobody_waits_for_and_they_are_not_run() -> None:
    fleet = jobs.apart({"app1": with_init(job=False, name="cli")}, profile(services={"one_shot": ["cli"]}))
    host = plan(fleet).hosts["app1"]
    assert (host.services, host.jobs) == (["web"], [])


def test_the_job_that_migrates_runs_once_for_the_database() -> None:
    known = {"name": "p", "scheme": "semver", "migrates": {"by": "service", "service": "init"}}
    fleet = jobs.apart({"app1": with_init(), "app2": with_init()}, profile(migrates=known["migrates"]))
    hosts = plan(fleet, request(profile=known, strategy="rolling")).hosts
    assert [host.jobs for host in hosts.values()] == [[], []]
    assert hosts["app1"].migration == {"by": "service", "service": "init", "argv": []}
    assert [host.migrates for host in hosts.values()] == [True, False]


def test_jobs_run_in_the_order_in_which_they_wait_for_each_other() -> None:
    seen = with_init(name="a-second")
    first = with_init(name="b-first")
    seen["services"].append(first["services"][1])
    seen["services"][1]["after"] = ["b-first"]
    assert jobs.to_run(jobs.apart({"app1": seen}, profile())["app1"]) == ["b-first", "a-second"]


def test_at_the_target_an_ended_job_is_no_reason_to_upgrade_again() -> None:
    seen = with_init()
    for service in seen["services"]:
        service["image"] = f"{IMAGE}:1.1.0"
        for container in service["containers"]:
            container.update(reference=f"{IMAGE}:1.1.0", version_labels={"org.opencontainers.image.version": "1.1.0"})
    assert plan(jobs.apart({"app1": seen}, profile())).hosts["app1"].action == "none"


def test_a_service_that_the_file_wants_none_of_gets_the_image_and_stays_off() -> None:
    seen = with_init(job=False, name="spare")
    seen["services"][1].update(replicas=0, containers=[])
    host = plan(jobs.apart({"app1": seen}, profile())).hosts["app1"]
    assert (host.services, host.jobs, host.scale) == (["web"], [], {"web": 1})
    assert host.project["images"]["spare"].startswith(f"{IMAGE}:1.1.0@")


def test_who_names_nothing_but_a_job_means_it() -> None:
    seen = with_init()
    seen["services"] = seen["services"][1:]
    assert [each["name"] for each in jobs.apart({"app1": seen}, profile())["app1"]["services"]] == ["init"]


def test_a_host_that_could_not_be_seen_stays_as_it_is() -> None:
    assert jobs.apart({"app1": {"failed": "gone"}}, profile()) == {"app1": {"failed": "gone"}}
