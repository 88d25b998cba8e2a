"""An upgrade of three hosts, as its report has it."""

from __future__ import annotations

from typing import Any

from report_of_airflow import DIGEST


def _stages(begins: float, migrates: bool) -> list[dict[str, Any]]:
    lasting = [("drain", 5.2), ("stop", 3.1), ("start", 2.4), *([("migrate", 21.7)] if migrates else [])]
    lasting += [("healthy", 4.4), ("monitor", 10.0), ("undrain", 1.1)]
    stages, at = [], begins
    for stage, seconds in lasting:
        stages.append({"stage": stage, "from": round(at, 1), "to": round(at + seconds, 1)})
        at += seconds
    return stages


def upgrade() -> dict[str, Any]:
    """An upgrade of three hosts, one after another, that went well."""
    old = {"reference": "registry.example.com/pact-broker:1.0.0", "digest": DIGEST["4f8c"], "version": "1.0.0"}
    new = {"reference": "registry.example.com/pact-broker:1.1.0", "digest": DIGEST["b3e5"], "version": "1.1.0"}
    hosts, begins = [], 64.0
    for number in range(1, 4):
        stages = _stages(begins, number == 1)
        begins = stages[-1]["to"] + 2
        before = [{"stage": "prepare", "from": 2.0, "to": 18.0 + 3 * number}]
        before += [{"stage": "backup", "from": 28.0, "to": 62.5}] if number == 1 else []
        hosts.append(
            {
                "name": f"app{number}.example.com",
                "outcome": "upgraded",
                "from": old,
                "to": new,
                "head_before": "4f8c21" if number == 1 else "b3e5d0",
                "head_after": "b3e5d0",
                "migrates": number == 1,
                "stages": [*before, *stages],
            }
        )
    return {
        "kind": "upgrade",
        "id": "20261201T210000Z-7c1d",
        "at": "2026-12-01T21:00:00Z",
        "ended": "2026-12-01T21:03:04Z",
        "title": "Pact Broker",
        "by": "ann@bastion",
        "description": "the heartbeat fix, CHG-4711",
        "current": "1.0.0",
        "target": "1.1.0",
        "strategy": "rolling",
        "strategy_why": "the profile says that 1.0 and 1.1 may run side by side",
        "outcome": "upgraded",
        "message": "",
        "hosts": hosts,
        "databases": [
            {
                "name": "pact",
                "hosts": [host["name"] for host in hosts],
                "head_before": "4f8c21",
                "head_after": "b3e5d0",
                "backup": {
                    "id": "pact-20261201T210028Z-02bd",
                    "host": "app1.example.com",
                    "path": "/var/backups/ratchet/pact/20261201T210028Z-02bd",
                    "size": 61_200_345,
                    "seconds": 34.5,
                    "verified": "restore",
                    "copied_to": "s3.example.com:/backups/pact",
                },
            }
        ],
        "warnings": ["app2.example.com: the clock is 4 s ahead of the controller's"],
        "considerations": [
            {
                "id": "major",
                "message": "1.1.0 changes how webhooks are signed",
                "link": "https://docs.pact.io/pact_broker",
                "needs_accepting": True,
            }
        ],
        "accepted": ["major"],
        "notes": ["The compose file's one line with the image was edited on each host."],
        "advice": ["The backup stays until 5 newer ones are proven."],
    }
