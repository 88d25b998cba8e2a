"""Tags that public images really have, in the order in which they were published."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
import yaml
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import versions

IMAGES = yaml.safe_load(Path(__file__).with_name("tags.yml").read_text(encoding="utf-8"))


def name(image: dict) -> str:
    return f"{image['image']}:{image['ascending'][0]}"


@pytest.mark.parametrize("image", IMAGES, ids=name)
def test_forward_is_an_upgrade_and_backward_is_refused(image: dict) -> None:
    scheme = image["scheme"]
    for older, newer in combinations(image["ascending"], 2):
        forward, backward = versions.judge(older, newer, scheme), versions.judge(newer, older, scheme)
        assert (forward.relation, forward.verdict) == ("newer", "upgrade"), (older, newer, forward.reason)
        assert (backward.relation, backward.verdict) == ("older", "refused"), (older, newer, backward.reason)
    for tag in image["ascending"]:
        assert versions.judge(tag, tag, scheme).verdict == "current"


@pytest.mark.parametrize("image", [image for image in IMAGES if "refused" in image], ids=name)
def test_what_may_stand_for_something_else_tomorrow_is_refused_with_a_reason(image: dict) -> None:
    for tag in image["refused"]:
        with pytest.raises(RatchetError) as refusal:
            versions.parse(tag, image["scheme"])
        assert tag in refusal.value.reason
        assert refusal.value.remedy
        judgement = versions.judge(image["ascending"][0], tag, image["scheme"])
        assert (judgement.relation, judgement.verdict) == ("unordered", "refused")


@pytest.mark.parametrize("image", [image for image in IMAGES if "apart" in image], ids=name)
def test_another_variant_is_no_upgrade_either_way(image: dict) -> None:
    for one, other in image["apart"]:
        for judgement in (versions.judge(*pair, image["scheme"]) for pair in ((one, other), (other, one))):
            assert (judgement.relation, judgement.verdict) == ("unordered", "refused")
            assert "variants" in judgement.reason


def test_there_are_enough_of_them() -> None:
    tags = {(image["image"], tag) for image in IMAGES for tag in image["ascending"]}
    assert len(tags) >= 150
    assert len({image for image, _tag in tags}) >= 18
    assert {image["scheme"] for image in IMAGES} == set(versions.SCHEMES)
