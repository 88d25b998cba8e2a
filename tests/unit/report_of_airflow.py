"""A rehearsal of Airflow that passed, as its report has it, and the packages of its two images."""

from __future__ import annotations

from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils import package_list, packages_diff

DIGEST = {name: "sha256:" + (name * 64)[:64] for name in ("4f8c", "b3e5", "07d1", "9a2e")}

FREEZE_BEFORE = """\
alembic==1.13.1
apache-airflow==2.9.3
apache-airflow-providers-amazon==8.25.0
apache-airflow-providers-celery==3.7.2
apache-airflow-providers-common-sql==1.14.2
apache-airflow-providers-ftp==3.10.0
apache-airflow-providers-http==4.12.0
apache-airflow-providers-postgres==5.11.2
apache-airflow-providers-redis==3.7.1
apache-airflow-providers-sqlite==3.8.1
connexion==2.14.2
flask==2.2.5
jinja2==3.1.4
our-operators @ git+https://example.com/data/our-operators.git@0a1b2c3
pendulum==3.0.0
psycopg2-binary==2.9.9
python-nvd3==0.16.0
requests==2.32.3
sqlalchemy==1.4.52
unicodecsv==0.14.1
werkzeug==2.2.3
"""
FREEZE_AFTER = """\
alembic==1.13.2
apache-airflow==2.10.5
apache-airflow-providers-amazon==9.2.0
apache-airflow-providers-celery==3.10.0
apache-airflow-providers-common-compat==1.3.0
apache-airflow-providers-common-sql==1.21.0
apache-airflow-providers-ftp==3.12.2
apache-airflow-providers-http==5.0.0
apache-airflow-providers-postgres==6.0.0
apache-airflow-providers-redis==4.0.2
apache-airflow-providers-sqlite==4.0.0
connexion==2.14.2
flask==2.2.5
jinja2==3.1.5
opentelemetry-api==1.29.0
our-operators @ git+https://example.com/data/our-operators.git@4d5e6f7
pendulum==3.0.0
psycopg2-binary==2.9.10
requests==2.32.3
sqlalchemy==1.4.54
unicodecsv==0.14.1
urllib3==2.3.0
werkzeug==2.2.2
"""
_PRODUCT = packages_diff.Product("apache-airflow", "Apache Airflow", "apache-airflow-providers-", "Airflow Providers")


def packages() -> dict[str, Any]:
    found = packages_diff.changes(package_list.read(FREEZE_BEFORE), package_list.read(FREEZE_AFTER))
    groups = packages_diff.grouped(found, _PRODUCT)
    counts = {group["id"]: len(group["packages"]) for group in groups}
    return {"changes": groups, "text": packages_diff.text(groups), "counts": counts}


def image(reference: str, digest: str) -> dict[str, str]:
    return {"reference": reference, "id": DIGEST[digest], "digest": DIGEST[digest]}


def passed() -> dict[str, Any]:
    """A rehearsal of a minor upgrade that goes well."""
    steps = [(0.0, "starting", "the container runs", None)]
    steps += [
        (1.8 + 1.3 * number, "migrating", f"{number} of 8  CREATE INDEX CONCURRENTLY", 60 + number)
        for number in range(8)
    ]
    steps += [(12.6, "healthy", "HTTP 200, head b3e5d0", 68), (15.1, "stable", "good for 10 s", 68)]
    return {
        "kind": "rehearsal",
        "id": "20261129T211500Z-1a2b",
        "at": "2026-11-29T21:15:00Z",
        "by": "ann@bastion",
        "collection": "0.1.0",
        "title": "Pact Broker",
        "host": "app1",
        "current": "2.117.1-pactbroker2.112.0",
        "target": "2.118.0-pactbroker2.113.1",
        "change": "minor",
        "downward": False,
        "images": {
            "current": image("pactfoundation/pact-broker:2.117.1-pactbroker2.112.0", "4f8c"),
            "target": image("pactfoundation/pact-broker:2.118.0-pactbroker2.113.1", "b3e5"),
        },
        "verdict": "passed",
        "reasons": [],
        "database": {
            "name": "pact",
            "server_version": "17.2",
            "size": 412_345_678,
            "head_before": "20231002_schema",
            "head_after": "20260412_index_tags",
            "backup": {"id": "pact-20261129T211502Z-77aa", "taken": "2026-11-29T21:15:02Z", "seconds": 6.4},
            "restore_seconds": 9.1,
        },
        "migration": {
            "by": "application",
            "seconds": 10.8,
            "state": "stable",
            "detail": "engine, application and database agree",
            "timeline": [
                {"at": at, "state": state, "detail": detail} | ({} if applied is None else {"applied": applied})
                for at, state, detail, applied in steps
            ],
        },
        "estimate": {
            "seconds": 41,
            "why": "11 s of migration, as rehearsed; stopping and starting as on the last deploy; 10 s of monitor",
            "parts": [
                {"name": "stop", "seconds": 4.0},
                {"name": "start", "seconds": 6.2},
                {"name": "migrate", "seconds": 20.8},
                {"name": "monitor", "seconds": 10.0},
            ],
        },
        "tables": [
            {"name": "public.pact_versions", "before": 48_210, "after": 48_210, "benign": False},
            {"name": "public.verifications", "before": 391_002, "after": 391_002, "benign": False},
            {"name": "public.webhook_executions", "before": 1_204, "after": 1_180, "benign": True},
            {"name": "public.tags_heads", "before": None, "after": 812, "benign": False},
            {"name": "public.schema_migrations", "before": 60, "after": 68, "benign": False},
        ],
        "schema": {
            "added": ["table public.tags_heads", "index public.tags_heads_name"],
            "removed": [],
            "changed": ["column public.verifications.number: integer -> bigint"],
        },
        "checks": [],
        "requests": [
            {
                "what": "GET /diagnostic/status/heartbeat",
                "expected": 200,
                "status": 200,
                "passed": True,
                "milliseconds": 9,
                "error": "",
            },
            {
                "what": "GET /pacts/latest",
                "expected": 200,
                "status": 200,
                "passed": True,
                "milliseconds": 212,
                "error": "",
            },
            {"what": "GET /metrics", "expected": 200, "status": 200, "passed": True, "milliseconds": 1480, "error": ""},
        ],
        "older_version": {
            "asked": True,
            "passed": True,
            "required": True,
            "why": "strategy rolling: 2.117.1 runs beside 2.118.0",
            "said": "",
        },
        "packages": {"error": "the two images have no package database in common"},
        "dockerfile": None,
        "considerations": [],
        "notes": ["The webhooks of the copy were turned off before the new version started."],
        "logs": {
            "broker": ["INFO -- : Running migrations", "INFO -- : Migrated to 20260412", "* Listening on 0.0.0.0:9292"]
        },
        "isolation": {
            "network": "no way out",
            "environment": ["PACT_BROKER_WEBHOOK_HOST_WHITELIST"],
            "services": ["broker"],
            "left_out": ["cron"],
        },
        "seconds": {"backup": 6.4, "restore": 9.1, "start": 1.8, "migrate": 10.8, "checks": 2.3, "total": 38.9},
    }


def airflow_timeline() -> list[dict[str, Any]]:
    statements = [
        "ALTER TABLE dag_run",
        "CREATE INDEX idx_ti_state",
        "UPDATE task_instance",
        "ALTER TABLE task_instance",
    ]
    seen: list[dict[str, Any]] = [{"at": 0.0, "state": "starting", "detail": ""}]
    at = 4.2
    for number in range(12):
        detail = f"{number} of 12 head 2a4f{number:02x} {statements[number % 4]}"
        seen.append({"at": round(at, 1), "state": "migrating", "detail": detail, "applied": number})
        at += 3 + 22 * (number % 4 == 2)
    seen.append(
        {"at": round(at, 1), "state": "unhealthy", "detail": 'HTTP 200, "scheduler": "unhealthy"', "applied": 12}
    )
    seen.append({"at": round(at + 21, 1), "state": "healthy", "detail": "HTTP 200", "applied": 12})
    seen.append({"at": round(at + 31, 1), "state": "stable", "detail": "good for 10 s", "applied": 12})
    return seen
