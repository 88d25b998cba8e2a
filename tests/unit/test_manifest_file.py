"""A manifest's images are edited in place, however the file is indented, and nothing else in it."""

from __future__ import annotations

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import splice
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import edits, manifest_file

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


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("text", [WELL, OUTSIDE, REFUSED, TEMPLATE])
def test_every_image_line_changes_and_nothing_else(text: str, newline: str) -> None:
    text = text.replace("\n", newline)
    content = text.encode()
    sources = manifest_file.locate("/p/deployment.yml", content, "boomi/flow")
    (edit,) = edits.to_version([source.as_dict() for source in sources], NEW, None)
    after = splice.spliced(content, [splice.Splice(**each) for each in edit.splices]).decode()
    lines = text.split("\n")
    assert after == "\n".join(line.replace(OLD, NEW) if "«" in line else line for line in lines)
    assert [source.line for source in sources] == [number for number, line in enumerate(lines, 1) if "«" in line]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("spec: {containers: [{image: nginx}]}\n", "names no image of boomi/flow"),
        ("spec: {containers: [{image: 'boomi/flow:{{ .Values.tag }}'}]}\n", "names no image of boomi/flow"),
        ("a: |\n  image: boomi/flow:1\n", "names no image of boomi/flow"),
        ("spec:\n  image: >-\n    boomi/flow:1\n", "can't be edited in place"),
    ],
)
def test_what_cannot_be_edited_is_refused(text: str, words: str) -> None:
    with pytest.raises(RatchetError, match=words) as caught:
        manifest_file.locate("/p/deployment.yml", text.encode(), "boomi/flow")
    assert "/p/deployment.yml" in str(caught.value)


def test_the_diff_is_one_that_patch_takes() -> None:
    diff = manifest_file.unified_diff("d.yml", "a\nimage: x:1", "a\nimage: x:2")
    assert diff == (
        "--- d.yml\n+++ d.yml\n@@ -1,2 +1,2 @@\n a\n"
        "-image: x:1\n\\ No newline at end of file\n+image: x:2\n\\ No newline at end of file\n"
    )
