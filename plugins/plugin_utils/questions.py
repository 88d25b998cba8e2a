# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to ask running containers so that they say themselves which version they are. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile import Profile


def of(profile: Profile, seen: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The questions to the running containers of one host, as ``module_utils.inquiry.answers`` takes them.

    Only witnesses that speak of the image's version are asked: an application's version doesn't order images.
    """
    asked = []
    for witness in profile.version:
        if witness.says != "image":
            continue
        for service in seen["services"]:
            for container in service["containers"]:
                if container["status"] != "running":
                    continue
                if witness.exec:
                    asked.append({"container": container["id"], "command": list(witness.exec)})
                elif witness.http:
                    asked += _by_http(profile, witness.http, service, container)
    return asked


def _by_http(
    profile: Profile, http: Mapping[str, str], service: Mapping[str, Any], container: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """A question to the port that the profile knows, if this service publishes it on the host."""
    inner = next((each.port for each in profile.health if each.port), None)
    published = next((each["published"] for each in service.get("ports") or [] if each["container"] == inner), None)
    if not published:
        return []
    url = f"http://127.0.0.1:{published}{http['path']}"
    return [
        {"container": container["id"], "url": url, "field": http.get("field", ""), "header": http.get("header", "")}
    ]
