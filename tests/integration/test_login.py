"""A private registry is asked and pulled from with the operator's own login, and only with the right one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import images, references
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from conftest import REGISTRY
from registries import HTPASSWD, PASSWORD, USER, registry

FLEET = REGISTRY.partition("/")[0]
LOGIN, WRONG = {"username": USER, "password": PASSWORD}, {"username": USER, "password": "wrong-horse"}


@dataclass(frozen=True)
class Private:
    """An image in a registry that wants a login, and nowhere else."""

    reference: str
    digest: str


@pytest.fixture(scope="module")
def private(engine: Engine) -> Iterator[Private]:
    fleet = engine.client.containers.list(filters={"publish": FLEET.rpartition(":")[2]})
    by_password = {"htpasswd": {"realm": "tests", "path": "/etc/docker/registry/htpasswd"}}
    with registry(engine, fleet[0].attrs["Config"]["Image"], by_password, {"htpasswd": HTPASSWD.encode()}) as host:
        engine.client.images.pull(f"{REGISTRY}/sample-runtime:1.1.1")
        reference = f"{host}/team/app:1.1.1"
        engine.client.images.get(f"{REGISTRY}/sample-runtime:1.1.1").tag(reference)
        engine.client.images.push(reference, auth_config=LOGIN)
        engine.client.images.remove(reference)
        yield Private(reference, engine.registry_image(references.parse(reference), LOGIN)["digest"])
        if engine.local_image(reference):
            engine.client.images.remove(reference, force=True)


@pytest.fixture(autouse=True)
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This user's own Docker configuration says nothing."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))


@pytest.mark.parametrize("login", [{}, WRONG])
def test_without_the_right_login_the_image_is_not_said_to_be_missing(
    engine: Engine, private: Private, login: dict
) -> None:
    found = engine.registry_image(references.parse(private.reference), login)
    assert "digest" not in found
    assert found["missing"] is False
    assert "wrong-horse" not in found["error"]


@pytest.mark.parametrize("login", [{}, WRONG])
def test_without_the_right_login_nothing_is_pulled(engine: Engine, private: Private, login: dict) -> None:
    with pytest.raises(RatchetError, match="can't be pulled") as caught:
        images.ensure(engine, [{"reference": private.reference, "digest": private.digest}], login=login)
    assert "wrong-horse" not in str(caught.value)
    assert not engine.local_image(private.reference)


def test_with_the_right_login_it_is_pulled_by_its_digest(engine: Engine, private: Private) -> None:
    wanted = [{"reference": private.reference, "digest": private.digest}]
    done = images.ensure(engine, wanted, login=LOGIN)
    assert done["changed"]
    assert engine.local_image(private.reference)["id"] == done["ids"][private.reference]
    assert images.ensure(engine, wanted, login={})["changed"] is False
