"""Servers for the registry client: real registries with real logins, and impostors that a real one will never be."""

from __future__ import annotations

import base64
import hashlib
import http.client
import http.server
import io
import json
import ssl
import tarfile
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

USER, PASSWORD, IDENTITY = "reader", "not-a-secret", "identity-of-reader"
# bcrypt, the only hash that the registry takes.
HTPASSWD = f"{USER}:$2b$04$jAe6FI0tO9WhAPIx/7n68OoC8/VNJ4QEdcSDsP.sU1o.MbPPD9GtC\n"
BASIC = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()

LABEL = "ratchet.test.registry"
SERVICE, ISSUER = "registry.test", "tokens.test"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"

Reply = tuple[int, dict[str, str], bytes]


class Server:
    """An HTTP server on a free port of this machine that answers with ``act`` and remembers what it was asked."""

    def __init__(self, act: Callable[[Seen], Reply], context: ssl.SSLContext | None = None) -> None:
        self.seen: list[Seen] = []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                seen = Seen(self.command, self.path, dict(self.headers), self.rfile.read(length), self.wfile)
                server.seen.append(seen)
                status, headers, body = act(seen)
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(b"" if self.command == "HEAD" else body)

            do_HEAD = do_POST = do_GET  # noqa: N815

            def log_message(self, *_arguments: object) -> None:
                pass

        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        # Clients that go away are what is tested.
        self._http.handle_error = lambda *_arguments: None
        self._http.daemon_threads = True
        if context:
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True, do_handshake_on_connect=False)
        self.host = f"127.0.0.1:{self._http.server_address[1]}"
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def logins(self) -> list[str]:
        """The logins that it was sent."""
        return [seen.headers["Authorization"] for seen in self.seen if "Authorization" in seen.headers]

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


class Seen:
    """A request as a server sees it."""

    def __init__(self, method: str, path: str, headers: dict[str, str], body: bytes, out: io.BufferedIOBase) -> None:
        self.method, self.headers, self.body, self.out = method, headers, body, out
        self.path, _mark, query = path.partition("?")
        self.query = dict(urllib.parse.parse_qsl(query))
        self.target = path


def page(tags: list[str], **headers: str) -> Reply:
    """A page of tags."""
    return 200, {name.replace("_", "-"): value for name, value in headers.items()}, json.dumps({"tags": tags}).encode()


def call(url: str, method: str = "GET", data: bytes | None = None, headers: dict[str, str] | None = None) -> Reply:
    """A request as it is, whatever the client under test thinks of it."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    try:
        connection.request(method, urllib.parse.urlunsplit(("", "", *parts[2:])), data, headers or {})
        answer = connection.getresponse()
        return answer.status, dict(answer.headers), answer.read()
    finally:
        connection.close()


def forward(host: str, seen: Seen, login: bool = True) -> Reply:
    """What the real registry at ``host`` answers to a request, its own length left out."""
    kept = {
        name: value for name, value in seen.headers.items() if name == "Accept" or (login and name == "Authorization")
    }
    status, headers, body = call(f"http://{host}{seen.target}", seen.method, headers=kept)
    return status, {name: value for name, value in headers.items() if name not in ("Content-Length", "Date")}, body


class Authority:
    """A key with its certificate for 127.0.0.1; signs tokens and speaks TLS."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(65537, 2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "registry client's tests")])
        now = datetime.now(UTC)
        self._certificate = (
            x509.CertificateBuilder(name, name, self._key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(hours=1))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        self.pem = self._certificate.public_bytes(serialization.Encoding.PEM)

    def context(self, directory: Path) -> ssl.SSLContext:
        """For a server."""
        private = (
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        (directory / "server.pem").write_bytes(self.pem + self._key.private_bytes(*private))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(directory / "server.pem")
        return context

    def token(self, subject: str, access: list[dict]) -> str:
        """A JSON Web Token: https://distribution.github.io/distribution/spec/auth/jwt/"""
        certificate = base64.b64encode(self._certificate.public_bytes(serialization.Encoding.DER)).decode()
        now = int(time.time())
        times = {"iat": now, "nbf": now - 10, "exp": now + 300}
        claims = {"iss": ISSUER, "sub": subject, "aud": SERVICE, "jti": str(time.time_ns()), "access": access, **times}
        parts = ({"typ": "JWT", "alg": "RS256", "x5c": [certificate]}, claims)
        signed = ".".join(_url64(json.dumps(part).encode()) for part in parts)
        return f"{signed}.{_url64(self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def _url64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def token_server(authority: Authority) -> Server:
    """Gives tokens: USER may pull everything, by password or IDENTITY; anybody else what is in ``public/``."""

    def act(seen: Seen) -> Reply:
        form = dict(urllib.parse.parse_qsl(seen.body.decode()))
        asked = form if seen.method == "POST" else seen.query
        known = form.get("refresh_token") == IDENTITY or seen.headers.get("Authorization") == BASIC
        if not known and (form or "Authorization" in seen.headers):
            return 401, {}, json.dumps({"errors": [{"code": "UNAUTHORIZED", "message": str(seen.headers)}]}).encode()
        kind, name, actions = asked["scope"].split(":")
        granted = actions.split(",") if known or name.startswith("public/") else []
        access = [{"type": kind, "name": name, "actions": granted}]
        token = authority.token(USER if known else "", access)
        return 200, {}, json.dumps({"access_token" if form else "token": token}).encode()

    return Server(act)


@contextmanager
def registry(engine: Engine, image: str, auth: dict, files: dict[str, bytes]) -> Iterator[str]:
    """The address of a new registry that wants logins; it and its content are gone afterwards."""
    configuration = {
        "version": 0.1,
        "log": {"level": "error", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": "/var/lib/registry"}},
        "http": {"addr": ":5000"},
        "auth": auth,
    }
    container = engine.client.containers.create(
        image,
        entrypoint=["docker-registry"],
        command=["serve", "/etc/docker/registry/test.yml"],
        labels={LABEL: "1"},
        ports={"5000/tcp": ("127.0.0.1", None)},
        # On a disk, a hundred tags take long: each is flushed.
        tmpfs={"/var/lib/registry": ""},
    )
    try:
        files = {"test.yml": json.dumps(configuration).encode(), **files}
        container.put_archive("/etc/docker/registry", _archive(files))
        container.start()
        container.reload()
        host = "127.0.0.1:" + container.ports["5000/tcp"][0]["HostPort"]
        _await(f"http://{host}/v2/")
        yield host
    finally:
        container.remove(force=True, v=True)


def _archive(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def _await(url: str) -> None:
    end = time.monotonic() + 20
    while True:
        try:
            call(url)
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def push(host: str, repository: str, tags: list[str], authorization: str) -> str:
    """Put one small image for two platforms under all the tags, and return its digest."""
    url, login = f"http://{host}/v2/{repository}", {"Authorization": authorization}

    def done(reply: Reply) -> Reply:
        assert reply[0] in (201, 202), reply
        return reply

    def blob(content: bytes) -> dict:
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        _status, headers, _body = done(call(f"{url}/blobs/uploads/", "POST", b"", login))
        done(
            call(
                f"{headers['Location']}&digest={digest}",
                "PUT",
                content,
                {**login, "Content-Type": "application/octet-stream"},
            )
        )
        return {"digest": digest, "size": len(content)}

    def manifest(tag: str | None, kind: str, content: dict) -> dict:
        body = json.dumps({"schemaVersion": 2, "mediaType": kind, **content}).encode()
        digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
        done(call(f"{url}/manifests/{tag or digest}", "PUT", body, {**login, "Content-Type": kind}))
        return {"mediaType": kind, "digest": digest, "size": len(body)}

    images = []
    for architecture, size in (("amd64", 1000), ("arm64", 2000)):
        layer = {"mediaType": "application/vnd.oci.image.layer.v1.tar", **blob(bytes(size))}
        labels = {"org.opencontainers.image.version": f"1.0.0-{architecture}"}
        platform = {"os": "linux", "architecture": architecture}
        kind = "application/vnd.oci.image.config.v1+json"
        config = {"mediaType": kind, **blob(json.dumps({**platform, "config": {"Labels": labels}}).encode())}
        images.append({**manifest(None, MANIFEST, {"config": config, "layers": [layer]}), "platform": platform})
    digest = ""
    for tag in tags:
        digest = manifest(tag, INDEX, {"manifests": images})["digest"]
    return digest
