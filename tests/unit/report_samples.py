"""Reports as `rehearse` and `upgrade` hand them over: realistic ones, and one whose every text is hostile."""

from __future__ import annotations

import copy
from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils import package_list, packages_diff

HOSTILE = (
    "<script>alert(1)</script>]]><img src=x onerror=alert(2)>\"'`|\\ {{ 7 * 7 }} {% raw %} javascript:alert(3)\n"
    "/merge @everyone closes #1 \x1b[31mred\x00\x07\u202e\ud800 [a](javascript:alert(4)) ```\n--- </pre></style></title>"
)
_DIGEST = {name: "sha256:" + (name * 64)[:64] for name in ("4f8c", "b3e5", "07d1", "9a2e")}

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


def _packages() -> dict[str, Any]:
    found = packages_diff.changes(package_list.read(FREEZE_BEFORE), package_list.read(FREEZE_AFTER))
    groups = packages_diff.grouped(found, _PRODUCT)
    counts = {group["id"]: len(group["packages"]) for group in groups}
    return {"changes": groups, "text": packages_diff.text(groups), "counts": counts}


def _image(reference: str, digest: str) -> dict[str, str]:
    return {"reference": reference, "id": _DIGEST[digest], "digest": _DIGEST[digest]}


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
            "current": _image("pactfoundation/pact-broker:2.117.1-pactbroker2.112.0", "4f8c"),
            "target": _image("pactfoundation/pact-broker:2.118.0-pactbroker2.113.1", "b3e5"),
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


def _airflow_timeline() -> list[dict[str, Any]]:
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


def failed() -> dict[str, Any]:
    """A rehearsal that finds lost rows, a DAG that doesn't load, and code that can't live with the new schema."""
    timeline = _airflow_timeline()
    quiet = [
        {"name": f"public.{name}", "before": count, "after": count, "benign": False}
        for name, count in (
            ("dag", 212),
            ("dag_code", 212),
            ("log", 4_120_331),
            ("slot_pool", 3),
            ("variable", 88),
            ("xcom", 91_044),
        )
    ]
    return {
        **passed(),
        "id": "20261130T020000Z-9f3c",
        "at": "2026-11-30T02:00:00+01:00",
        "by": "ann@bastion, AWX job 4711",
        "title": "Apache Airflow",
        "host": "spare1.example.com",
        "current": "2.9.3",
        "target": "2.10.5",
        "images": {
            "current": _image("registry.example.com/data/airflow:2.9.3", "07d1"),
            "target": _image("registry.example.com/data/airflow:2.10.5", "9a2e"),
        },
        "verdict": "failed",
        "reasons": [
            {"id": "packages", "kind": "warned", "text": "5 providers change their major version"},
            {
                "id": "lost_rows",
                "kind": "failed",
                "text": "public.rendered_task_instance_fields lost 1,913 of 52,000 rows",
            },
            {
                "id": "check",
                "kind": "failed",
                "text": "airflow dags list-import-errors: 2 files of the project don't load",
            },
            {
                "id": "older_version",
                "kind": "warned",
                "text": "2.9.3 answered HTTP 503 on the new schema; the strategy doesn't need it",
            },
        ],
        "database": {
            "name": "airflow",
            "server_version": "16.6",
            "size": 23_400_000_000,
            "head_before": "1949afb29106",
            "head_after": "5f2621c13b39",
            "backup": {"id": "airflow-20261130T010003Z-51fe", "taken": "2026-11-30T01:00:03Z", "seconds": 412.0},
            "restore_seconds": 655.3,
        },
        "migration": {
            "by": "command airflow db migrate",
            "seconds": 102.6,
            "state": "stable",
            "detail": "engine, application and database agree",
            "timeline": timeline,
        },
        "estimate": {
            "seconds": 204,
            "why": "103 s of migration, as rehearsed; one minute until the scheduler's first heartbeat; 10 s of monitor",
            "parts": [
                {"name": "stop", "seconds": 21.0},
                {"name": "migrate", "seconds": 102.6},
                {"name": "start", "seconds": 9.4},
                {"name": "healthy", "seconds": 61.0},
                {"name": "monitor", "seconds": 10.0},
            ],
        },
        "tables": [
            *quiet,
            {"name": "public.rendered_task_instance_fields", "before": 52_000, "after": 50_087, "benign": False},
            {"name": "public.task_instance", "before": 1_290_551, "after": 1_290_551, "benign": False},
            {
                "name": "public.xcom",
                "before": 402_000,
                "after": 400_000,
                "benign": False,
                "moved": 2_000,
                "to": ["public._airflow_moved__2_3__dangling__xcom"],
            },
            {"name": "public.sla_miss", "before": 14, "after": None, "benign": False},
            {"name": "public.session", "before": 640, "after": 0, "benign": True},
            {"name": "public.asset_event", "before": None, "after": 0, "benign": False},
        ],
        "schema": {
            "added": ["table public.asset_event", "column public.dag_run.clear_number integer"],
            "removed": ["table public.sla_miss", "index public.idx_ti_dag_date"],
            "changed": ["column public.task_instance.id: integer -> bigint", "column public.log.extra: text -> jsonb"],
        },
        "checks": [
            {
                "id": "airflow-import-errors",
                "what": "airflow dags list-import-errors",
                "service": "webserver",
                "passed": False,
                "seconds": 14.1,
                "said": [
                    "/opt/airflow/dags/billing/invoices.py",
                    "  from airflow.providers.http.operators.http import SimpleHttpOperator",
                    "ImportError: cannot import name 'SimpleHttpOperator' from 'airflow.providers.http.operators.http'",
                    "/opt/airflow/dags/reports.py",
                    "ModuleNotFoundError: No module named 'unicodecsv_dialects'",
                ],
            },
            {
                "id": "airflow-migrations",
                "what": "airflow db check-migrations",
                "service": "webserver",
                "passed": True,
                "seconds": 3.7,
                "said": ["Database migrating done!"],
            },
        ],
        "requests": [
            {"what": "GET /health", "expected": 200, "status": 200, "passed": True, "milliseconds": 42, "error": ""},
            {
                "what": "GET /api/v1/dags?limit=1",
                "expected": 200,
                "status": None,
                "passed": False,
                "milliseconds": 5000,
                "error": "no answer in 5 s",
            },
        ],
        "older_version": {
            "asked": True,
            "passed": False,
            "required": False,
            "why": "strategy single_instance: the two never run side by side",
            "said": 'HTTP 503 {"detail": "ERROR: You need to upgrade the database. Please run `airflow db upgrade`."}',
        },
        "packages": _packages(),
        "dockerfile": {
            "path": "/opt/airflow/Dockerfile",
            "content": "FROM registry.example.com/data/airflow:2.10.5\nCOPY requirements.txt /\nRUN pip install -r /requirements.txt\n",
        },
        "considerations": [
            {
                "id": "airflow-2.10-scheduler-first",
                "message": "The scheduler is to be started before the workers",
                "link": "https://airflow.apache.org/docs/apache-airflow/stable/installation/upgrading.html",
                "needs_accepting": True,
            },
            {"id": "airflow-2.10-new-ui", "message": "The grid view has moved", "link": "", "needs_accepting": False},
        ],
        "notes": ["The project's DAGs were read from the image; what a volume adds to them was not there."],
        "logs": {
            "webserver": [
                f"[2026-11-30T01:2{n}:07.{n}31+0000] {{app.py:14{n}}} INFO - Listening at: http://0.0.0.0:8080 (7{n})"
                for n in range(9)
            ],
            "scheduler": [
                "Traceback (most recent call last):",
                '  File "scheduler_job_runner.py", line 987, in _run',
                "sqlalchemy.exc.OperationalError: server closed the connection",
            ],
        },
        "isolation": {
            "network": "no way out",
            "environment": [
                "AIRFLOW__SMTP__SMTP_HOST",
                "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE",
                "AIRFLOW__WEBSERVER__BASE_URL",
            ],
            "services": ["webserver"],
            "left_out": ["scheduler", "worker", "triggerer", "flower"],
        },
        "seconds": {"backup": 412.0, "restore": 655.3, "start": 4.2, "migrate": 102.6, "checks": 22.8, "total": 1241.0},
    }


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
    old = {"reference": "registry.example.com/pact-broker:1.0.0", "digest": _DIGEST["4f8c"], "version": "1.0.0"}
    new = {"reference": "registry.example.com/pact-broker:1.1.0", "digest": _DIGEST["b3e5"], "version": "1.1.0"}
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


def broken() -> dict[str, Any]:
    """An upgrade whose second host became unhealthy and went back."""
    report = upgrade()
    report |= {
        "outcome": "failed",
        "message": "app2.example.com: the new version became unhealthy after 6 s (HTTP 503); it has its old version again.",
        "warnings": [],
    }
    first, second, third = report["hosts"]
    second |= {"outcome": "rolled back", "to": second["from"]}
    begun = second["stages"][:4]
    at = begun[-1]["to"]
    troubles = [
        {"stage": "unhealthy", "from": at, "to": at + 6.7},
        {"stage": "go back", "from": at + 6.7, "to": at + 17},
    ]
    second["stages"] = [*begun, *troubles]
    third |= {"outcome": "not touched", "to": None, "head_after": None, "stages": third["stages"][:1]}
    report["hosts"] = [first, second, third]
    return report


def emptied(report: dict[str, Any]) -> dict[str, Any]:
    """``report`` with every list empty and every block null."""
    empty = {key: [] for key, value in report.items() if isinstance(value, list)}
    return {**report, **{key: None for key, value in report.items() if isinstance(value, dict)}, **empty}


def hostile(report: dict[str, Any], text: str = HOSTILE) -> dict[str, Any]:
    """``report`` with ``text`` in every place that holds a text, but those that choose the kind of page."""
    changed = _everywhere(copy.deepcopy(report), text)
    return {**changed, **{key: report[key] for key in ("kind", "at")}}


def _everywhere(value: Any, text: str) -> Any:
    if isinstance(value, str):
        return text
    if isinstance(value, dict):
        return {key: _everywhere(each, text) for key, each in value.items()}
    return [_everywhere(each, text) for each in value] if isinstance(value, list) else value


SAMPLES = {"passed": passed, "failed": failed, "upgrade": upgrade, "broken": broken}
