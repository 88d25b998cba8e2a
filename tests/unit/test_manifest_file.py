"""A manifest's images are edited in place, however the file is indented, and nothing else in it."""

from __future__ import annotations

import json

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import splice
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import manifest_file, manifest_product

OLD, NEW = "2019.06.04T1110", "2019.07.16T1534"

WELL = f"""\
# boomi/flow:{OLD}
apiVersion: apps/v1
kind: Deployment
spec:
  template:
    spec:
      initContainers:
      - {{name: wait, image: "boomi/flow:{OLD}"}}\t# «
      containers:
        - image: 'boomi/flow:{OLD}'   # «
          args: ["image: boomi/flow:{OLD}"]
        - name: proxy
          image: nginx:1.27
          command:
            - |
              image: boomi/flow:{OLD}
---
kind: ConfigMap
data:
  image: boomi/flow:{OLD}
---
kind: CronJob
spec: {{jobTemplate: {{spec: {{template: {{spec: {{containers: [{{image: &i docker.io/boomi/flow:{OLD}}}]}}}}}}}}}}  # «
"""

# The image stands one level too far out: YAML reads a key of the wrong mapping, or nothing at all.
OUTSIDE = f"""\
spec:
  template:
    spec:
      containers:
      - name: flow
      image: boomi/flow:{OLD} # «
"""
REFUSED = f"""\
spec:
      containers:
      - name: flow
          image: boomi/flow:{OLD} # «
      # image: boomi/flow:{OLD}
        - image: "boomi/flow:{OLD}" # «
          image: boomi/flow-proxy:{OLD}
"""
TEMPLATE = f"metadata: {{{{ .Values.meta }}}}\nspec:\n  containers:\n  - image: boomi/flow:{OLD}\t# «\n"


def images(text: str) -> list[manifest_file.Image]:
    return manifest_file.find("/p/deployment.yml", text.encode())


def flows(text: str) -> list[manifest_file.Image]:
    found = [(image, manifest_product.reference_of(image)) for image in images(text)]
    return [image for image, reference in found if reference and reference.repository == "boomi/flow"]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("text", [WELL, OUTSIDE, REFUSED, TEMPLATE])
def test_every_image_line_changes_and_nothing_else(text: str, newline: str) -> None:
    text = text.replace("\n", newline)
    found = flows(text)
    splices = [
        splice.Splice(image.scalar.start, image.scalar.value, image.scalar.value.replace(OLD, NEW)) for image in found
    ]
    after = splice.spliced(text.encode(), splices).decode()
    lines = text.split("\n")
    assert after == "\n".join(line.replace(OLD, NEW) if "«" in line else line for line in lines)
    assert [image.scalar.line for image in found] == [number for number, line in enumerate(lines, 1) if "«" in line]


@pytest.mark.parametrize(
    "text",
    [
        "a: |\n  image: boomi/flow:1\n",
        "kind: Secret\ndata: {image: boomi/flow:1}\n",
        "services: {web: {image: boomi/flow:1}}\n",
        "",
    ],
)
def test_what_is_no_image_is_none(text: str) -> None:
    assert images(text) == []


def test_one_broken_document_leaves_the_others_readable() -> None:
    broken = REFUSED.replace("«", "")
    data = f"kind: ConfigMap\ndata:\n  {{{{ x }}}}: y\n  image: boomi/flow:{OLD}\n"
    found = flows(
        f"{broken}---\n{data}--- # next\nmetadata: {{name: a}}\nkind: Pod\nspec: {{containers: [{{name: c, image: boomi/flow:9}}]}}\n"
    )
    assert [str(image.workload) for image in found] == ["None", "None", "Pod a"]
    assert [image.scalar.line for image in found] == [4, 6, 16]


def test_a_byte_order_mark_moves_nothing() -> None:
    text = f"\ufeffkind: Pod\nmetadata: {{name: a}}\nspec: {{containers: [{{image: boomi/flow:{OLD}}}]}}\n"
    (found,) = images(text)
    assert text[found.scalar.start :].startswith(f"boomi/flow:{OLD}}}")
    assert str(found.workload) == "Pod a"


def test_a_list_names_the_objects_in_it() -> None:
    item = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "x", "namespace": "y"},
        "spec": {
            "updateStrategy": {"type": "OnDelete"},
            "containers": [{"name": "c", "image": "a/b:1", "env": [{"name": "V"}]}],
        },
    }
    (found,) = images(json.dumps({"kind": "List", "metadata": {}, "items": [item]}))
    assert found.workload == manifest_file.Workload("StatefulSet", "x", "y", "apps/v1", "OnDelete")
    assert (found.container, found.environment) == ("c", {"V"})


@pytest.mark.parametrize(
    ("line", "literal"),
    [
        ("'boomi/flow:{{ .Values.tag }}'", "boomi/flow:"),
        ("{{ .Values.image }}", ""),
        ("{{ .Values.image }}:{{ .Values.tag }}", ""),
        ("boomi/flow:${TAG}", "boomi/flow:"),
        ("$(IMAGE)", ""),
    ],
)
def test_a_template_is_told_as_such(line: str, literal: str) -> None:
    (found,) = images(f"spec:\n  containers:\n  - name: a\n    image: {line} # x\n")
    assert found.templated
    assert (found.literal, found.scalar.line) == (literal, 4)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"spec:\n  image: >-\n    boomi/flow:1\n", "line 2 is written in a form that can't be edited in place"),
        (b'image: "boomi/\\x66low:1"\n', "can't be edited in place"),
        (
            b"a: {image: boomi/flow:1,\n image: boomi/flow:2}\n",
            "'image' twice in one mapping, the second time in line 2",
        ),
        (b"\n---\na: {{b}\n---\nb: 1\nb: 2\n", "'b' twice in one mapping, the second time in line 6"),
        (b"image: a\xff\n", "isn't UTF-8 .byte 8."),
        (b"#" * (manifest_file.LARGEST + 1), "more than any manifest"),
        (b"[" * 10_000, "nested too deeply"),
    ],
)
def test_what_cannot_be_edited_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(RatchetError, match=words) as caught:
        manifest_file.find("/p/deployment.yml", content)
    assert "/p/deployment.yml" in str(caught.value)


def test_the_diff_is_one_that_patch_takes() -> None:
    diff = manifest_file.unified_diff("d.yml", "a\nimage: x:1", "a\nimage: x:2")
    assert diff == (
        "--- d.yml\n+++ d.yml\n@@ -1,2 +1,2 @@\n a\n"
        "-image: x:1\n\\ No newline at end of file\n+image: x:2\n\\ No newline at end of file\n"
    )
