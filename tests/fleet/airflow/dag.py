"""A DAG that runs every minute, in Airflow's terms of 2.2."""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow import DAG
from airflow.operators.python import PythonOperator

# Before 2.4, only what a module has a name for is found.
with DAG(
    "ticks", start_date=pendulum.datetime(2022, 1, 1), schedule_interval=timedelta(minutes=1), catchup=False
) as dag:
    PythonOperator(task_id="tick", python_callable=lambda: 42)
