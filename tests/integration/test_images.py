"""The whole fleet runs one digest, wherever a tag has moved meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import images, references
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from conftest import REGISTRY

MOVING = f"{REGISTRY}/moving:1.0.0"
OLD, NEW = f"{REGISTRY}/sample-runtime:1.1.1", f"{REGISTRY}/sample-runtime:1.5.0"


def move(engine: Engine, to: str) -> str:
    """Let the tag stand for another image, in the registry only, and return its digest."""
    engine.client.images.pull(to)
    engine.client.images.get(to).tag(MOVING)
    engine.client.images.push(MOVING)
    engine.client.images.remove(MOVING)
    return engine.registry_image(references.parse(MOVING))["digest"]


@pytest.fixture
def digest(engine: Engine) -> Iterator[str]:
    yield move(engine, OLD)
    for reference in (MOVING, OLD, NEW):
        if engine.local_image(reference):
            engine.client.images.remove(reference, force=True)


def test_a_tag_that_moves_after_the_plan_does_not_change_what_is_pulled(engine: Engine, digest: str) -> None:
    planned = engine.local_image(OLD)
    move(engine, NEW)
    done = images.ensure(engine, [{"reference": MOVING, "digest": digest}])
    assert done["changed"]
    assert done["ids"][MOVING] == planned["id"]
    assert engine.local_image(MOVING)["id"] == planned["id"]


def test_a_local_tag_that_stands_for_something_else_is_put_right(engine: Engine, digest: str) -> None:
    engine.client.images.pull(NEW)
    engine.client.images.get(NEW).tag(MOVING)
    done = images.ensure(engine, [{"reference": MOVING, "digest": digest}])
    assert done["changed"]
    assert done["ids"][MOVING] == engine.local_image(OLD)["id"]


def test_a_second_time_changes_nothing(engine: Engine, digest: str) -> None:
    wanted = [{"reference": MOVING, "digest": digest}]
    first = images.ensure(engine, wanted)
    assert images.ensure(engine, wanted) == {"changed": False, "ids": first["ids"]}


def test_pretending_pulls_nothing(engine: Engine, digest: str) -> None:
    assert images.ensure(engine, [{"reference": MOVING, "digest": digest}], pretend=True)["changed"]
    assert engine.local_image(MOVING) is None


def test_an_image_that_is_gone_is_an_error_with_a_remedy(engine: Engine) -> None:
    with pytest.raises(RatchetError, match="can't be pulled"):
        images.ensure(engine, [{"reference": f"{REGISTRY}/sample-runtime:9.9.9", "digest": "sha256:" + "0" * 64}])


@pytest.fixture
def image(engine: Engine) -> Iterator[str]:
    """Id of an image that is here and that nobody else needs."""
    engine.client.images.pull(NEW)
    id = engine.local_image(NEW)["id"]
    yield id
    for tag in [tag for each in engine.client.images.list(images.KEPT) for tag in each.tags if ":test-" in tag]:
        engine.client.images.remove(tag)


def kept(engine: Engine) -> list[str]:
    tags = [tag for each in engine.client.images.list(images.KEPT) for tag in each.tags]
    return sorted(tag.rpartition(":")[2] for tag in tags if ":test-" in tag)


def test_what_is_replaced_keeps_a_name_for_the_newest_deploys(engine: Engine, image: str) -> None:
    for run in ("20260101T000000Z-a", "20260102T000000Z-b", "20260103T000000Z-c"):
        assert images.keep(engine, "test-app", run, [image], 2)
        assert not images.keep(engine, "test-app", run, [image], 2)
    images.keep(engine, "test-other", "20260101T000000Z-a", [image], 2)
    assert kept(engine) == [
        "test-app.20260102T000000Z-b.0",
        "test-app.20260103T000000Z-c.0",
        "test-other.20260101T000000Z-a.0",
    ]


def test_zero_keeps_all_and_an_image_that_is_gone_is_passed_over(engine: Engine, image: str) -> None:
    for number in range(3):
        images.keep(engine, "test-app", f"2026010{number}T000000Z-a", [image, "sha256:" + "0" * 64], 0)
    assert len(kept(engine)) == 3
    assert images.keep(engine, "test-app", "20260109T000000Z-a", [image], 1, pretend=True)
    assert len(kept(engine)) == 3


def test_an_image_that_ran_here_gets_its_name_again_without_any_registry(engine: Engine, image: str) -> None:
    images.keep(engine, "test-app", "20260101T000000Z-a", [image], 1)
    engine.client.images.remove(NEW)
    gone = NEW.replace("127.0.0.1", "127.0.0.9")
    wanted = [{"reference": gone, "digest": "sha256:" + "1" * 64, "id": image}]
    assert images.ensure(engine, wanted) == {"changed": True, "ids": {gone: image}}
    assert images.ensure(engine, wanted) == {"changed": False, "ids": {gone: image}}
    engine.client.images.remove(gone)
