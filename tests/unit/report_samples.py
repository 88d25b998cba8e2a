"""Reports as `rehearse` and `upgrade` hand them over: realistic ones, and one whose every text is hostile."""

from __future__ import annotations

import copy
from typing import Any

from report_of_a_run import upgrade
from report_of_airflow import airflow_timeline, image, packages, passed

HOSTILE = (
    "<script>alert(1)</script>]]><img src=x onerror=alert(2)>\"'`|\\ {{ 7 * 7 }} {% raw %} javascript:alert(3)\n"
    "/merge @everyone closes #1 \x1b[31mred\x00\x07\u202e\ud800 [a](javascript:alert(4)) ```\n--- </pre></style></title>"
)


def failed() -> dict[str, Any]:
    """A rehearsal that finds lost rows, a DAG that doesn't load, and code that can't live with the new schema."""
    timeline = airflow_timeline()
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
            "current": image("registry.example.com/data/airflow:2.9.3", "07d1"),
            "target": image("registry.example.com/data/airflow:2.10.5", "9a2e"),
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
        "packages": packages(),
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
