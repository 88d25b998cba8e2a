"""A registry is asked with the right login, believed only as far as its digests, and never waited for without end."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import references, registry, registry_http
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.registry import Registry
from ansible_collections.ratchet.runtime.plugins.module_utils.registry_auth import Credentials
from ansible_collections.ratchet.runtime.plugins.module_utils.registry_errors import (
    Corrupt,
    Missing,
    NotARegistry,
    RegistryFailure,
    Throttled,
    Unauthorised,
    Unreachable,
)
from ansible_collections.ratchet.runtime.plugins.module_utils.registry_policy import RegistryPolicy
from conftest import REGISTRY
from registries import (
    BASIC,
    HTPASSWD,
    IDENTITY,
    ISSUER,
    PASSWORD,
    SERVICE,
    USER,
    Authority,
    Reply,
    Seen,
    Server,
    forward,
    page,
    push,
    token_server,
)
from registries import registry as new_registry

FLEET = REGISTRY.partition("/")[0]
APP = "fleet/sample-runtime"
LOGIN, WRONG, ANYBODY = Credentials(USER, PASSWORD), Credentials(USER, "wrong-horse"), Credentials()
# More than any page that a registry must support has, and what isn't a version among them.
TAGS = sorted([f"1.{number}.0" for number in range(130)] + ["latest"])


@dataclass(frozen=True)
class World:
    """The two registries that want a login, and the digest of the image in both."""

    basic: str
    token: str
    tokens: Server
    digest: str


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def world(engine: Engine, authority: Authority) -> Iterator[World]:
    fleet = engine.client.containers.list(filters={"publish": FLEET.rpartition(":")[2]})
    assert fleet, f"nothing publishes {FLEET}: make fleet"
    image = fleet[0].attrs["Config"]["Image"]
    tokens = token_server(authority)
    names = {"realm": f"http://{tokens.host}/token", "service": SERVICE, "issuer": ISSUER}
    by_token = {"token": {**names, "rootcertbundle": "/etc/docker/registry/root.pem"}}
    by_password = {"htpasswd": {"realm": "tests", "path": "/etc/docker/registry/htpasswd"}}
    try:
        with (
            new_registry(engine, image, by_password, {"htpasswd": HTPASSWD.encode()}) as basic,
            new_registry(engine, image, by_token, {"root.pem": authority.pem}) as token,
        ):
            digest = push(basic, "team/app", ["1.0.0", "1.1.0"], BASIC)
            for name, tags in (("team/app", TAGS), ("public/app", ["1.0.0"])):
                access = [{"type": "repository", "name": name, "actions": ["pull", "push"]}]
                push(token, name, tags, f"Bearer {authority.token('pusher', access)}")
            yield World(basic, token, tokens, digest)
    finally:
        tokens.close()


@pytest.fixture(autouse=True)
def docker_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict], None]:
    """Writes this user's Docker configuration; without a call there is no login."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))

    def write(content: dict) -> None:
        (tmp_path / "config.json").write_text(json.dumps(content))

    return write


@pytest.fixture
def impostor() -> Iterator[Callable[..., Server]]:
    """Starts servers that answer as the test says."""
    servers: list[Server] = []

    def start(act: Callable[[Seen], Reply], **options: object) -> Server:
        servers.append(Server(act, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


# --- what there is ---


def test_the_client_and_the_engine_agree_about_the_fleet(engine: Engine) -> None:
    client = Registry.for_engine(engine, FLEET)
    tags = client.tags(APP)
    assert {"1.0.0", "latest"} <= set(tags)
    by_engine = engine.registry_image(references.parse(f"{REGISTRY}/sample-runtime:1.0.0"))
    found = client.manifest(APP, "1.0.0", architecture=engine.version()["architecture"])
    assert (found.digest, list(found.platforms)) == (by_engine["digest"], by_engine["platforms"])
    assert found.labels["org.opencontainers.image.version"] == "1.0.0"
    assert found.size > 1_000_000
    assert client.tags_of(APP, [found.digest], ["2.0.0", "gone", "1.0.0", "1.1.0"]) == {found.digest: "1.0.0"}


@pytest.mark.parametrize(("architecture", "size"), [("amd64", 1000), ("arm64", 2000), ("s390x", None)])
def test_an_index_has_one_digest_and_a_size_for_each_platform(world: World, architecture: str, size: int) -> None:
    found = Registry(world.basic, LOGIN).manifest("team/app", "1.0.0", architecture=architecture)
    assert (found.digest, found.size) == (world.digest, size)
    assert found.platforms == ("linux/amd64", "linux/arm64")
    version = found.labels.get("org.opencontainers.image.version")
    assert version == (f"1.0.0-{architecture}" if size else None)
    assert Registry(world.basic, LOGIN).manifest("team/app", world.digest, architecture=architecture) == found


def test_digests_are_asked_for_one_by_one(world: World, impostor: Callable[..., Server]) -> None:
    front = impostor(lambda seen: forward(world.basic, seen))
    asked = Registry(front.host, LOGIN).digests("team/app", ["1.0.0", "gone", "1.1.0"])
    assert not front.seen
    assert next(asked) == ("1.0.0", world.digest)
    # Without a login, then with it.
    assert len(front.seen) == 2
    assert list(asked) == [("1.1.0", world.digest)]


# --- logins ---


def test_a_registry_with_passwords(world: World) -> None:
    assert Registry(world.basic, LOGIN).tags("team/app") == ["1.0.0", "1.1.0"]
    for login, who in ((WRONG, "user 'reader'"), (ANYBODY, "an anonymous client"), (None, "an anonymous client")):
        for ask in (lambda client: client.tags("team/app"), lambda client: client.manifest("team/app", "1.0.0")):
            with pytest.raises(Unauthorised, match=who) as caught:
                ask(Registry(world.basic, login))
            assert "wrong-horse" not in str(caught.value)


def test_a_registry_with_tokens(world: World) -> None:
    assert Registry(world.token, LOGIN).tags("team/app") == TAGS
    assert Registry(world.token, Credentials(identity_token=IDENTITY)).tags("team/app") == TAGS
    assert Registry(world.token, LOGIN).manifest("team/app", "latest").digest == world.digest
    assert Registry(world.token, ANYBODY).tags("public/app") == ["1.0.0"]
    refused = (
        (WRONG, "user 'reader'"),
        (ANYBODY, "anonymous"),
        (Credentials(identity_token="wrong-horse"), "login in"),
    )
    for login, who in refused:
        with pytest.raises(Unauthorised, match=who) as caught:
            Registry(world.token, login).tags("team/app")
        assert "wrong-horse" not in str(caught.value)
        assert "Basic" not in str(caught.value)


def encoded(login: Credentials) -> str:
    return base64.b64encode(f"{login.username}:{login.password}".encode()).decode()


def test_the_login_of_this_hosts_user_is_used_unless_one_is_given(world: World, docker_config: Callable) -> None:
    docker_config({"auths": {world.basic: {"auth": encoded(LOGIN)}, world.token: {"identitytoken": IDENTITY}}})
    assert Registry(world.basic).tags("team/app") == ["1.0.0", "1.1.0"]
    assert Registry(world.token).tags("team/app") == TAGS
    with pytest.raises(Unauthorised, match="anonymous"):
        Registry(world.basic, ANYBODY).tags("team/app")
    docker_config({"auths": {world.basic: {"auth": encoded(WRONG)}}})
    with pytest.raises(Unauthorised, match="user 'reader'"):
        Registry(world.basic).tags("team/app")


@pytest.mark.parametrize("setting", ["credHelpers", "credsStore"])
def test_a_credential_helper_is_asked(
    world: World, setting: str, docker_config: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    helper = tmp_path / "docker-credential-tests"
    known = json.dumps({"Username": USER, "Secret": PASSWORD})
    helper.write_text(f"#!/bin/sh\nread -r server\n[ \"$1 $server\" = 'get {world.basic}' ] && echo '{known}'\n")
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    docker_config({setting: {world.basic: "tests"} if setting == "credHelpers" else "tests"})
    assert Registry(world.basic).tags("team/app") == ["1.0.0", "1.1.0"]
    helper.write_text("#!/bin/sh\necho wrong-horse\nexit 1\n")
    with pytest.raises(RatchetError, match="credential helper") as caught:
        Registry(world.basic)
    assert "wrong-horse" not in str(caught.value)


def test_a_token_that_expires_between_pages_is_renewed(world: World, impostor: Callable[..., Server]) -> None:
    used: set[str] = set()

    def act(seen: Seen) -> Reply:
        token = seen.headers.get("Authorization")
        fresh = token not in used
        used.add(token)
        status, headers, body = forward(world.token, seen, login=fresh)
        if status != 200:
            return status, headers, body
        tags = [tag for tag in sorted(json.loads(body)["tags"]) if tag > seen.query.get("last", "")]
        link = f'<{seen.path}?n=50&last={tags[49]}>; rel="next"' if len(tags) > 50 else ""
        return page(tags[:50], Link=link)

    front = impostor(act)
    assert Registry(front.host, LOGIN).tags("team/app") == TAGS
    assert len(set(front.logins)) == 3


# --- refusals ---


def test_what_is_not_there_is_missing(world: World) -> None:
    client = Registry(world.basic, LOGIN)
    with pytest.raises(Missing, match="no such repository"):
        client.tags("team/unknown")
    with pytest.raises(Missing, match=r"team/app:9\.9\.9"):
        client.manifest("team/app", "9.9.9")
    assert list(client.digests("team/app", ["9.9.9"])) == []


def test_nobody_there(impostor: Callable[..., Server]) -> None:
    gone = impostor(lambda seen: page([]))
    gone.close()
    with pytest.raises(Unreachable, match=f"nothing listens at {gone.host}"):
        Registry(gone.host).tags("team/app")
    with pytest.raises(Unreachable, match="can't be resolved"):
        Registry("registry.invalid:5000").tags("team/app")


NEVER_JSON = {"Content-Type": "text/html"}


@pytest.mark.parametrize(
    ("reply", "kind", "says"),
    [
        ((200, NEVER_JSON, b"<html>Welcome"), NotARegistry, "as an image registry does"),
        ((404, NEVER_JSON, b"<html>Not here"), NotARegistry, "HTTP 404"),
        ((200, {}, b'{"status": "ok"}'), NotARegistry, "as an image registry does"),
        ((302, {"Location": "/login"}, b""), NotARegistry, "from one address to the next"),
        ((302, {"Location": "https://["}, b""), NotARegistry, "is not HTTP"),
        ((429, {"Retry-After": "61"}, b"{}"), Throttled, "Run again in 61 seconds"),
        ((500, {}, b"Traceback"), RegistryFailure, "HTTP 500"),
        ((401, {"WWW-Authenticate": "Negotiate"}, b""), Unauthorised, "anonymous"),
        ((401, {"WWW-Authenticate": 'Bearer realm="nowhere"'}, b""), NotARegistry, "address that is none"),
    ],
)
def test_who_is_no_registry_and_who_will_not_answer(
    reply: Reply, kind: type[RatchetError], says: str, impostor: Callable[..., Server]
) -> None:
    client = Registry(impostor(lambda seen: reply).host)
    asks = [
        lambda: client.tags("team/app"),
        lambda: client.manifest("team/app", "1"),
        lambda: list(client.digests("a", ["1"])),
    ]
    for ask in asks:
        with pytest.raises(kind, match=says):
            ask()


def test_the_next_page_is_not_asked_for_elsewhere(impostor: Callable[..., Server]) -> None:
    other = impostor(lambda seen: page(["9.9.9"]))
    client = Registry(impostor(lambda seen: page(["1.0.0"], Link=f'<http://{other.host}/>; rel="next"')).host, LOGIN)
    with pytest.raises(NotARegistry, match="on another server"):
        client.tags("team/app")
    assert not other.seen


def test_pages_without_end_are_left(impostor: Callable[..., Server]) -> None:
    def more(seen: Seen) -> Reply:
        number = int(seen.query.get("last", "0")) + 1
        return page([str(number)], Link=f'<?last={number}>; rel="next"')

    endless = impostor(more)
    with pytest.raises(NotARegistry, match="come to an end"):
        Registry(endless.host).tags("team/app")
    assert len(endless.seen) == registry.PAGES
    round_and_round = impostor(lambda seen: page(["1", "2"], Link=f'<{seen.target}>; rel="next"'))
    assert Registry(round_and_round.host).tags("team/app") == ["1", "2"]
    assert len(round_and_round.seen) == 2


def test_a_full_page_without_a_link_is_not_the_end(
    world: World, impostor: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "PAGE", 50)

    def later(seen: Seen) -> list[str]:
        return [tag for tag in TAGS if tag > seen.query.get("last", "")]

    assert Registry(impostor(lambda seen: page(later(seen)[:50])).host).tags("team/app") == TAGS
    # The registry of the fleet gives all at once, whatever is asked for.
    assert Registry(world.token, LOGIN).tags("team/app") == TAGS


def test_only_tags_come_out_of_a_list(impostor: Callable[..., Server]) -> None:
    odd = impostor(lambda seen: page(["1.0.0", "$(reboot)", "-rf", "a\nb", "x" * 200, "latest"]))
    assert Registry(odd.host).tags("team/app") == ["1.0.0", "latest"]


def test_a_trickle_and_a_flood_end(impostor: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> None:
    def trickle(seen: Seen) -> Reply:
        seen.out.write(b"HTTP/1.0 200 OK\r\n\r\n")
        for _each in range(100):
            seen.out.write(b" ")
            time.sleep(0.1)
        return page([])

    monkeypatch.setattr(registry, "SECONDS", 0.7)
    monkeypatch.setattr(registry, "LIST_BYTES", 2 * registry_http.MEGABYTE)
    started = time.monotonic()
    with pytest.raises(Unreachable, match="in time"):
        Registry(impostor(trickle).host).tags("team/app")
    assert time.monotonic() - started < 3
    monkeypatch.setattr(registry, "SECONDS", 10)
    with pytest.raises(NotARegistry, match="more than 2 MB"):
        Registry(impostor(lambda seen: (200, {}, b" " * 3 * registry_http.MEGABYTE)).host).tags("team/app")


@pytest.mark.parametrize("part", ["manifests", "blobs"])
def test_content_that_is_not_what_its_digest_says_is_refused(part: str, impostor: Callable[..., Server]) -> None:
    def act(seen: Seen) -> Reply:
        status, headers, body = forward(FLEET, seen)
        return status, headers, body + (b"\n" if f"/{part}/" in seen.path else b"")

    with pytest.raises(Corrupt, match="Don't use that image"):
        Registry(impostor(act).host).manifest(APP, "1.0.0")


# --- where logins go ---


def test_a_redirect_to_another_server_is_followed_without_the_login(
    world: World, impostor: Callable[..., Server]
) -> None:
    def elsewhere(seen: Seen) -> Reply:
        # As storage behind a registry has it: what is named may be read.
        return forward(world.basic, Seen(seen.method, seen.target, {"Authorization": BASIC}, b"", seen.out))

    storage = impostor(elsewhere)
    asking = impostor(lambda seen: (401, {"WWW-Authenticate": "Basic realm=x"}, b""))

    def act(seen: Seen, target: Server = storage) -> Reply:
        moved = (307, {"Location": f"http://{target.host}{seen.target}"}, b"")
        return moved if "/blobs/" in seen.path else forward(world.basic, seen)

    found = Registry(impostor(act).host, LOGIN).manifest("team/app", "1.0.0")
    assert found.labels == {"org.opencontainers.image.version": "1.0.0-amd64"}
    assert (len(storage.seen), storage.logins) == (1, [])
    with pytest.raises(Unauthorised):
        Registry(impostor(lambda seen: act(seen, asking)).host, LOGIN).manifest("team/app", "1.0.0")
    assert asking.logins == []


def test_a_server_that_a_redirect_leads_to_can_not_ask_for_the_login(
    world: World, impostor: Callable[..., Server]
) -> None:
    collector = impostor(lambda seen: (200, {}, b'{"token": "x"}'))
    challenge = {"WWW-Authenticate": f'Bearer realm="http://{collector.host}/token"'}
    asking = impostor(lambda seen: (401, challenge, b""))
    moving = impostor(lambda seen: (307, {"Location": f"http://{asking.host}/"}, b""))
    with pytest.raises(Unauthorised):
        Registry(moving.host, LOGIN).tags("team/app")
    assert asking.seen
    assert not collector.seen


def test_this_machine_is_not_asked_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert "1.0.0" in Registry(FLEET).tags(APP)


def test_tls_is_verified_with_the_engines_certificates(
    world: World, authority: Authority, impostor: Callable[..., Server], tmp_path: Path
) -> None:
    front = impostor(lambda seen: forward(world.basic, seen), context=authority.context(tmp_path))
    trusted = RegistryPolicy(networks=(), certificates=str(tmp_path / "certs.d"))
    with pytest.raises(Unreachable, match=r"isn't trusted.*ca\.crt"):
        Registry(front.host, LOGIN, trusted).tags("team/app")
    assert front.logins == []
    (tmp_path / "certs.d" / front.host).mkdir(parents=True)
    (tmp_path / "certs.d" / front.host / "ca.crt").write_bytes(authority.pem)
    assert Registry(front.host, LOGIN, trusted).tags("team/app") == ["1.0.0", "1.1.0"]
    # As the engine does on loopback, and as it doesn't elsewhere.
    assert Registry(front.host, LOGIN).tags("team/app") == ["1.0.0", "1.1.0"]
    with pytest.raises(Unreachable, match="insecure-registries"):
        Registry(world.basic, LOGIN, RegistryPolicy(networks=())).tags("team/app")


def test_a_registry_with_tls_can_not_have_the_login_sent_without(
    world: World, authority: Authority, impostor: Callable[..., Server], tmp_path: Path
) -> None:
    front = impostor(lambda seen: forward(world.token, seen), context=authority.context(tmp_path))
    before = len(world.tokens.seen)
    with pytest.raises(Unauthorised, match="plain text"):
        Registry(front.host, LOGIN).tags("team/app")
    moving = impostor(
        lambda seen: (302, {"Location": f"http://{world.basic}/"}, b""), context=authority.context(tmp_path)
    )
    with pytest.raises(NotARegistry, match="plain HTTP"):
        Registry(moving.host, LOGIN).tags("team/app")
    assert len(world.tokens.seen) == before


def test_a_mirror_answers_for_docker_hub_and_is_not_told_its_login(
    world: World, impostor: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Docker Hub itself is out of reach, wherever this runs.
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    mirror = impostor(lambda seen: forward(FLEET, seen))
    login = Credentials("hub-user", PASSWORD)
    client = Registry("docker.io", login, RegistryPolicy(mirrors=(f"http://{mirror.host}/",)))
    assert client.manifest(APP, "1.0.0") == Registry(FLEET).manifest(APP, "1.0.0")
    assert "1.0.0" in client.tags(APP)
    curious = impostor(lambda seen: (401, {"WWW-Authenticate": "Basic realm=x"}, b""))
    with pytest.raises(Unreachable, match=r"registry-1\.docker\.io"):
        Registry("docker.io", login, RegistryPolicy(mirrors=(f"http://{curious.host}",))).manifest(APP, "1.0.0")
    assert curious.seen
    assert mirror.logins + curious.logins == []


# --- the module ---


def test_the_module_tells_tags_and_keeps_the_password(world: World) -> None:
    ansible = [
        Path(sys.executable).parent / "ansible",
        "localhost",
        "-i",
        "localhost,",
        "-c",
        "local",
        "--check",
        "-vvv",
    ]
    ansible += ["-e", f"ansible_python_interpreter={sys.executable}", "-m", "ratchet.runtime.registry_tags"]
    environment = {**os.environ, "ANSIBLE_CALLBACK_RESULT_FORMAT": "json"}

    def start(password: str) -> subprocess.Popen:
        options = {"reference": f"{world.basic}/team/app:1.0.0", "registry": {"username": USER, "password": password}}
        options |= {"digests": [world.digest, "sha256:" + "0" * 64], "candidates": ["9.9.9", "1.1.0", "1.0.0"]}
        command = [*ansible, "-a", json.dumps(options)]
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    told, refused = (run.communicate(timeout=120)[0] for run in [start(PASSWORD), start("wrong-horse")])
    assert '"changed": false' in told
    assert f'"{world.digest}": "1.1.0"' in told
    assert PASSWORD not in told
    assert '"problem": "unauthorised"' in refused
    assert "wrong-horse" not in refused
