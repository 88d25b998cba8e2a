"""Writes the sample reports as pages, for the browser: pages.py FOLDER."""

from __future__ import annotations

import sys
from pathlib import Path

import report_samples
from ansible_collections.ratchet.runtime.plugins.plugin_utils import reports

folder = Path(sys.argv[1])
for name, sample in report_samples.SAMPLES.items():
    report = sample()
    kinds = {
        name: report,
        f"{name}-hostile": report_samples.hostile(report),
        f"{name}-empty": report_samples.emptied(report),
    }
    for kind, content in kinds.items():
        (folder / f"{kind}.html").write_text(reports.html(content), encoding="utf-8")
long = report_samples.hostile(report_samples.failed(), "x" * 10_000)
(folder / "failed-long.html").write_text(reports.html(long), encoding="utf-8")
