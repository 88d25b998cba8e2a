-- A history for Airflow 2.2: 500 runs (or what --set=runs says) of 20 tasks, and rows of tasks that are gone, which 2.3 doesn't take.
\if :{?runs}
\else
  \set runs 500
\endif
insert into dag_run (dag_id, execution_date, run_id, run_type, state, external_trigger, conf)
  select 'history', timestamptz '2022-01-01' + n * interval '1 minute', 'scheduled__' || n, 'scheduled', 'success', false, '\x80057d942e'
  from generate_series(1, :runs) n;
insert into task_instance (dag_id, task_id, run_id, state, try_number, max_tries, pool, pool_slots, queue, executor_config)
  select dag_id, 'task' || t, run_id, 'success', 1, 0, 'default_pool', 1, 'default', '\x80057d942e'
  from dag_run, generate_series(1, 20) t where dag_id = 'history';
insert into xcom (dag_id, task_id, execution_date, key, value, timestamp)
  select dag_id, 'task' || t, execution_date, 'return_value', '\x2261', now()
  from dag_run, generate_series(1, 20) t where dag_id = 'history';
insert into xcom (dag_id, task_id, execution_date, key, value, timestamp)
  select 'gone', 'task', timestamptz '2019-01-01' + n * interval '1 minute', 'return_value', '\x2261', now() from generate_series(1, 200) n;
insert into task_fail (dag_id, task_id, execution_date, duration)
  select 'gone', 'task', timestamptz '2019-01-01' + n * interval '1 minute', 3 from generate_series(1, 50) n;
analyze;
