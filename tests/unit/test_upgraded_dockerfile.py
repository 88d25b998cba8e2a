"""The Dockerfile of the report has the new version, and the project's own one is only read."""

from __future__ import annotations

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import profiles, upgraded_dockerfile

ASTRO = profiles.load("astro_runtime", None, "/")[0]
RUNS = "registry.example.com/team/airflow:2026-03-01"


def of(text: str, running: str = RUNS) -> str | None:
    found = upgraded_dockerfile.of("/opt/x/Dockerfile", text.encode(), running, "5.0.4", ASTRO)
    return found and found["content"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "# ours\nFROM quay.io/astronomer/astro-runtime:5.0.1\nRUN true\n",
            "# ours\nFROM quay.io/astronomer/astro-runtime:5.0.4\nRUN true\n",
        ),
        (
            "ARG V=5.0.1\nFROM quay.io/astronomer/astro-runtime:${V} AS base\nFROM base\n",
            "ARG V=5.0.4\nFROM quay.io/astronomer/astro-runtime:${V} AS base\nFROM base\n",
        ),
    ],
)
def test_the_version_and_not_one_byte_more(before: str, after: str) -> None:
    assert of(before) == after


def test_an_image_of_ones_own_counts_as_well() -> None:
    assert of("FROM reg:5000/own:5.0.1\n", "reg:5000/own:5.0.1") == "FROM reg:5000/own:5.0.4\n"


@pytest.mark.parametrize(
    "text", ["FROM python:3.12\n", "", "FROM scratch\n", "FROM quay.io/astronomer/astro-runtime:$V\n", "\udcff"]
)
def test_another_one_is_left_out(text: str) -> None:
    found = upgraded_dockerfile.of("/opt/x/Dockerfile", text.encode(errors="surrogateescape"), RUNS, "5.0.4", ASTRO)
    assert found is None
