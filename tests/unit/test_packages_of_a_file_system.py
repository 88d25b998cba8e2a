"""What an image has installed, by the files of its package managers, whoever made them."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator

from ansible_collections.ratchet.runtime.plugins.module_utils import image_packages

SITE = "usr/local/lib/python3.12/site-packages"
METADATA = "Metadata-Version: 2.1\nName: {}\nVersion: {}\n\nA description\nName: not-me\n"
FILES = {
    f"{SITE}/alembic-1.13.1.dist-info/METADATA": METADATA.format("alembic", "1.13.1"),
    f"{SITE}/alembic-1.13.1.dist-info/RECORD": "",
    f"{SITE}/wheel_x-2.0.dist-info/METADATA": METADATA.format("wheel-x", "2.0"),
    f"{SITE}/wheel_x-2.0.dist-info/direct_url.json": json.dumps(
        {"url": "https://e.org/wheel_x-2.0-py3-none-any.whl", "archive_info": {"hash": "sha256=ab"}}
    ),
    f"{SITE}/mine-0.1.dist-info/METADATA": METADATA.format("mine", "0.1"),
    f"{SITE}/mine-0.1.dist-info/direct_url.json": json.dumps(
        {"url": "https://e.org/mine.git", "vcs_info": {"vcs": "git", "commit_id": "0a1b2c"}}
    ),
    "opt/venv/lib/python3.9/site-packages/old.egg-info/PKG-INFO": METADATA.format("old", "0.9"),
    "usr/lib/python3/dist-packages/older-0.8.egg-info": METADATA.format("older", "0.8"),
    "usr/lib/python3/dist-packages/alembic-1.12.0.dist-info/METADATA": METADATA.format("alembic", "1.12.0"),
    "app/node_modules/left-pad/package.json": '{"name": "left-pad", "version": "1.3.0"}',
    "app/node_modules/a/node_modules/left-pad/package.json": '{"name": "left-pad", "version": "1.2.0"}',
    "app/node_modules/@scope/pkg/package.json": '{"name": "@scope/pkg", "version": "2.0.0"}',
    "app/node_modules/a/src/package.json": '{"name": "src", "version": "9"}',
    "app/node_modules/broken/package.json": "{",
    "app/node_modules/liar/package.json": '{"name": "other", "version": "1"}',
    "usr/lib/ruby/gems/3.2.0/specifications/pact_broker-2.120.0.gemspec": "",
    "usr/lib/ruby/gems/3.2.0/specifications/default/json-2.6.3.gemspec": "",
    "usr/lib/ruby/gems/3.2.0/specifications/pg-1.5.4-x86_64-linux.gemspec": "",
    "var/lib/dpkg/status": (
        "Package: libc6\nStatus: install ok installed\nVersion: 2.36-9+deb12u9\nDescription: C\n Version: 9\n\n"
        "Package: gone\nStatus: deinstall ok config-files\nVersion: 1.0\n"
    ),
    "var/lib/dpkg/status.d/tzdata": "Package: tzdata\nVersion: 2024a-0\n",
    "lib/apk/db/installed": "C:Q1=\nP:musl\nV:1.2.5-r0\nA:x86_64\nF:lib\nR:ld.so\n\nP:zlib\nV:1.3.1-r1\n",
}


def archive(files: dict[str, str]) -> Iterator[bytes]:
    """A root file system in pieces of odd sizes."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    content = packed.getvalue()
    return (content[at : at + 777] for at in range(0, len(content), 777))


def test_every_manager_s_packages_are_found() -> None:
    assert image_packages.read(archive(FILES))["packages"] == {
        "pip": {"alembic": "1.12.0, 1.13.1", "mine": "0.1", "old": "0.9", "older": "0.8", "wheel-x": "2.0"},
        "npm": {"@scope/pkg": "2.0.0", "left-pad": "1.2.0, 1.3.0"},
        "gem": {"json": "2.6.3", "pact_broker": "2.120.0", "pg": "1.5.4"},
        "deb": {"libc6": "2.36-9+deb12u9", "tzdata": "2024a-0"},
        "apk": {"musl": "1.2.5-r0", "zlib": "1.3.1-r1"},
    }


def test_the_lines_are_those_of_pip_freeze() -> None:
    assert image_packages.read(archive(FILES))["freeze"] == [
        "alembic==1.12.0",
        "alembic==1.13.1",
        "mine @ git+https://e.org/mine.git@0a1b2c",
        "old==0.9",
        "older==0.8",
        "wheel-x @ https://e.org/wheel_x-2.0-py3-none-any.whl#sha256=ab",
    ]


def test_an_empty_image_has_nothing() -> None:
    assert image_packages.read(archive({}))["packages"] == {manager: {} for manager in image_packages.MANAGERS}


def test_hostile_content_forges_nothing_and_is_not_followed() -> None:
    """Links out of the archive, control characters, deep JSON, no fields at all."""
    files = {
        f"{SITE}/a.dist-info/METADATA": METADATA.format("a\x1b[2K", "1\x07"),
        f"{SITE}/b.dist-info/METADATA": "",
        "app/node_modules/deep/package.json": "[" * 100_000,
        "app/node_modules/odd/package.json": '{"name": "odd", "version": ["1"]}',
        "var/lib/dpkg/status": "\x00\n\n\n",
    }
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        link = tarfile.TarInfo(f"{SITE}/c.dist-info/METADATA")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/shadow"
        tar.addfile(link)
    assert image_packages.read(iter([packed.getvalue()]))["packages"]["pip"] == {}
    assert image_packages.read(archive(files))["packages"] == {
        "pip": {"a": "1"},
        "npm": {},
        "gem": {},
        "deb": {},
        "apk": {},
    }
