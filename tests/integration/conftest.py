"""What integration tests share, beside the sample project."""

from __future__ import annotations

import pytest
from sample_project import COMPOSE, POSTGRES, REGISTRY, Sample, access, deploy, engine, sample, store, until

__all__ = ["COMPOSE", "POSTGRES", "REGISTRY", "Sample", "access", "deploy", "engine", "sample", "store", "until"]

# What a dump takes seconds for: bytes that don't compress.
BALLAST = """
create table ballast (content bytea);
alter table ballast alter content set storage external;
insert into ballast select string_agg(decode(md5(random()::text || i || j), 'hex'), '')
  from generate_series(1, 64) i, generate_series(1, 65536) j group by i
"""


@pytest.fixture(scope="module")
def loaded(sample: Sample) -> Sample:
    """The sample with 64 MB of random bytes in its database."""
    sample.sql(BALLAST)
    return sample
