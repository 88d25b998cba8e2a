"""Does to the fleet's registry what vendors do to theirs: moves a tag, gives an image a second one, publishes for one architecture.

Usage: registry.py URL REPOSITORY tag NEW OLD      NEW stands for what OLD stands for
       registry.py URL REPOSITORY only NEW OLD ARCH  NEW is OLD, published for ARCH alone
       registry.py URL REPOSITORY remove TAG       the manifest that TAG stands for is gone, and every tag of it
       registry.py URL REPOSITORY digest TAG       prints the digest
"""

from __future__ import annotations

import hashlib
import json
import sys
import urllib.request
from typing import Any

INDEX = "application/vnd.oci.image.index.v1+json"
KINDS = [INDEX, "application/vnd.docker.distribution.manifest.list.v2+json"]
KINDS += ["application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json"]


class Repository:
    """One repository of a registry without a lock."""

    def __init__(self, url: str, name: str) -> None:
        self._base = f"{url.rstrip('/')}/v2/{name}/manifests/"

    def _ask(self, method: str, reference: str, body: bytes | None = None, kind: str = "") -> tuple[Any, bytes]:
        headers = {"Accept": ", ".join(KINDS), **({"Content-Type": kind} if kind else {})}
        request = urllib.request.Request(self._base + reference, data=body, method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.headers, answer.read()

    def digest(self, tag: str) -> str:
        """What ``tag`` stands for."""
        return self._ask("HEAD", tag)[0]["Docker-Content-Digest"]

    def tag(self, new: str, old: str) -> None:
        """Let ``new`` stand for what ``old`` stands for."""
        headers, body = self._ask("GET", old)
        self._ask("PUT", new, body, headers["Content-Type"])

    def only(self, new: str, old: str, architecture: str) -> None:
        """Publish ``old`` as ``new``, said to be for ``architecture``."""
        headers, body = self._ask("GET", old)
        listed = {
            "mediaType": headers["Content-Type"],
            "digest": "sha256:" + hashlib.sha256(body).hexdigest(),
            "size": len(body),
            "platform": {"os": "linux", "architecture": architecture},
        }
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [listed]}
        self._ask("PUT", new, json.dumps(index).encode(), INDEX)

    def remove(self, tag: str) -> None:
        """Remove the manifest of ``tag``."""
        self._ask("DELETE", self.digest(tag))


def main() -> None:
    """Do one thing."""
    url, name, act, *arguments = sys.argv[1:]
    done = getattr(Repository(url, name), act)(*arguments)
    if done:
        print(done)


if __name__ == "__main__":
    main()
