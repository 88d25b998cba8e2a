# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that is only spoken to encrypted is backed up as it is asked for: believed by its certificate, or not spoken to."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import backup, compose, database, postgres
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.observation import Request, observe
from backup_making import make, sidecars, visible
from conftest import COMPOSE, Sample

# Whom the server's certificate is for; one of them is an address.
NAMES = "DNS:db,DNS:db.example.com"
# Nobody comes in without TLS, and `certified` not without a certificate of the authority.
HBA = """\
local all all trust
hostnossl all all all reject
hostssl all certified all cert
hostssl all all all scram-sha-256
"""
TLS = (
    COMPOSE.replace(
        "command: [postgres, -c, fsync=off]",
        "command: [bash, -c, 'cp /tls/*.* /var/lib/postgresql/ && chown postgres /var/lib/postgresql/*.key /var/lib/postgresql/pg_hba.conf && "
        "chmod 0600 /var/lib/postgresql/*.key && exec docker-entrypoint.sh postgres -c fsync=off -c ssl=on "
        "-c ssl_cert_file=/var/lib/postgresql/server.crt -c ssl_key_file=/var/lib/postgresql/server.key "
        "-c ssl_ca_file=/var/lib/postgresql/ca.crt -c hba_file=/var/lib/postgresql/pg_hba.conf']\n"
        "    volumes: ['CERTIFICATES:/tls:ro']",
    )
    .replace("@db:5432/app", "@db:5432/app?sslmode=require")
    .replace("    depends_on: {db:", "    volumes: ['CERTIFICATES/public:/certificates:ro']\n    depends_on: {db:")
)


def openssl(*arguments: str, at: Path) -> None:
    subprocess.run(["openssl", *arguments], cwd=at, check=True, capture_output=True)


def authority(at: Path, name: str) -> None:
    openssl(
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        f"/CN={name}",
        "-keyout",
        f"{name}.key",
        "-out",
        f"{name}.crt",
        at=at,
    )


def certificate(at: Path, name: str, subject: str, *extension: str) -> None:
    openssl(
        "req",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        f"/CN={subject}",
        "-keyout",
        f"{name}.key",
        "-out",
        f"{name}.csr",
        at=at,
    )
    (at / f"{name}.ext").write_text("\n".join(extension))
    openssl(
        "x509",
        "-req",
        "-in",
        f"{name}.csr",
        "-CA",
        "ca.crt",
        "-CAkey",
        "ca.key",
        "-days",
        "2",
        "-extfile",
        f"{name}.ext",
        "-out",
        f"{name}.crt",
        at=at,
    )


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority with a server's and a client's certificate, and another authority."""
    at = tmp_path_factory.mktemp("certificates")
    authority(at, "ca")
    authority(at, "wrong")
    certificate(at, "server", "db.example.com", f"subjectAltName={NAMES}")
    certificate(at, "client", "certified", "extendedKeyUsage=clientAuth")
    (at / "pg_hba.conf").write_text(HBA)
    (at / "public").mkdir()
    (at / "public" / "ca.crt").write_bytes((at / "ca.crt").read_bytes())
    return at


@pytest.fixture(scope="module")
def sample(deploy: Callable[..., Sample], certificates: Path) -> Sample:
    """The sample with a server that refuses to be spoken to in plain text."""
    made = deploy(TLS.replace("CERTIFICATES", str(certificates)))
    made.sql("create role certified login superuser")
    return made


@pytest.fixture
def locate(engine: Engine, sample: Sample) -> Callable[[str], database.Access]:
    """Access by a URL with this query; the password is in it, and the host is the service's name."""

    def act(query: str, user: str = f"app:{quote(sample.password, safe='')}", host: str = "db") -> database.Access:
        project = compose.load(engine, str(sample.directory))
        # As the application would name it: the name is resolved to the container's address.
        services = [compose.Service("web", None, environment={})]
        url = f"postgresql://{user}@{host}:5432/app{query}"
        found = database.from_url(url, "runtime_database.dsn")
        clients = engine.service_containers(project.name, services[0].name)
        return database._complete(database._with_container(engine, clients, found, None))

    return act


def test_encrypted_is_enough_where_that_is_asked_for(
    engine: Engine, locate: Callable[..., database.Access], store: Path
) -> None:
    made = make(engine, locate("?sslmode=require"), store)
    assert visible(store) == [made["id"]]


def test_in_plain_text_the_server_is_not_spoken_to(locate: Callable[..., database.Access]) -> None:
    with (
        pytest.raises(RatchetError, match=r"pg_hba\.conf.*sslmode=require"),
        postgres.session(locate("?sslmode=disable")),
    ):
        pass


@pytest.mark.parametrize("mode", ["verify-ca", "verify-full"])
def test_a_server_is_believed_by_its_authority(
    engine: Engine, locate: Callable[..., database.Access], certificates: Path, store: Path, mode: str
) -> None:
    access = locate(f"?sslmode={mode}&sslrootcert={certificates}/ca.crt")
    assert access.container
    assert access.host != "db", "it is reached at its address"
    made = make(engine, access, store, verify="restore")
    assert visible(store) == [made["id"]]
    assert sidecars(engine) == []


@pytest.mark.parametrize("mode", ["verify-ca", "verify-full"])
def test_a_server_of_another_authority_is_not_believed(
    engine: Engine, locate: Callable[..., database.Access], certificates: Path, store: Path, mode: str
) -> None:
    with pytest.raises(RatchetError, match=r"certificate verify failed.*sslrootcert="):
        make(engine, locate(f"?sslmode={mode}&sslrootcert={certificates}/wrong.crt"), store)
    assert visible(store) == []


def test_a_server_by_another_name_is_not_believed(
    engine: Engine, sample: Sample, locate: Callable[..., database.Access], certificates: Path, store: Path
) -> None:
    """The name counts, not the address behind it; and the address alone is no name."""
    root = f"sslrootcert={certificates}/ca.crt"
    by_container = locate(f"?sslmode=verify-full&{root}", host=f"{sample.directory.name}-db-1")
    with pytest.raises(RatchetError, match="does not match host name"):
        make(engine, by_container, store)
    by_address = locate(f"?sslmode=verify-full&{root}", host=locate("").host)
    with pytest.raises(RatchetError, match="does not match host name"):
        make(engine, by_address, store)
    make(engine, locate(f"?sslmode=verify-ca&{root}", host=f"{sample.directory.name}-db-1"), store)


def test_the_dump_itself_asks_for_the_certificate(
    engine: Engine,
    locate: Callable[..., database.Access],
    certificates: Path,
    store: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not only the session from this host: with another authority in the sidecar, pg_dump refuses the server."""
    from ansible_collections.ratchet.runtime.plugins.module_utils import sidecar

    monkeypatch.setattr(sidecar, "_read", lambda _path: (certificates / "wrong.crt").read_bytes())
    with pytest.raises(RatchetError, match=r"the backup of app failed: .*certificate verify failed"):
        make(engine, locate(f"?sslmode=verify-full&sslrootcert={certificates}/ca.crt"), store)


def test_a_certificate_takes_the_place_of_a_password(
    engine: Engine, locate: Callable[..., database.Access], certificates: Path, store: Path
) -> None:
    files = f"sslrootcert={certificates}/ca.crt&sslcert={certificates}/client.crt&sslkey={certificates}/client.key"
    access = locate(f"?sslmode=verify-full&{files}", user="certified")
    assert access.password == ""
    made = make(engine, access, store)
    assert visible(store) == [made["id"]]


def test_the_applications_own_url_and_its_certificate_are_taken(
    engine: Engine, deploy: Callable[..., Sample], certificates: Path, store: Path
) -> None:
    """The application names the file as it sees it."""
    text = TLS.replace("sslmode=require", "sslmode=verify-full&sslrootcert=/certificates/ca.crt")
    made = deploy(text.replace("CERTIFICATES", str(certificates)))
    project = compose.load(engine, str(made.directory))
    access = database.locate(engine, project, [project.services["web"]], {})
    assert access
    assert access.tls.parameters() == {"sslmode": "verify-full", "sslrootcert": f"{certificates}/public/ca.crt"}
    assert backup.make(engine, access, backup.Wish(str(store)))["verified"] == "read"
    made.compose("stop", "web")
    seen = observe(engine, Request(str(made.directory)))["database"]
    assert seen["access"]["sslmode"] == "verify-full"


def test_a_certificate_that_is_not_there_is_told_with_its_path(engine: Engine, sample: Sample) -> None:
    wanted = {"dsn": "postgresql://app@127.0.0.1/app?sslmode=verify-full&sslrootcert=/nonexistent/ca.crt"}
    seen = observe(engine, Request(str(sample.directory), database=wanted))["database"]
    assert "runtime_database.dsn names sslrootcert=/nonexistent/ca.crt, which this user can't read" in seen["error"]
