# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Kubernetes cluster that manifests are applied to: how it is reached, and what it says of a workload.

``kubernetes.core`` does all the talking, and is asked for only here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.loader import module_loader
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils.manifest_file import Workload

_KEYS = ("kubeconfig", "context", "namespace")
_HOW = (
    "Write runtime_cluster as true, or as a mapping of kubeconfig, context and namespace, each of which may be missing"
)


def parse(written: Any) -> dict[str, str] | None:
    """Where ``runtime_cluster`` is; None where no cluster is meant."""
    if isinstance(written, Mapping):
        unknown = [key for key in written if key not in _KEYS]
        if unknown or any(not isinstance(value, str) for value in written.values()):
            raise RatchetError(f"runtime_cluster: {', '.join(map(str, unknown)) or 'a value'} isn't known there", _HOW)
        return dict(written) if written else None
    try:
        return {} if boolean(written or False) else None
    except TypeError as error:
        raise RatchetError(f"runtime_cluster: {written!r} is no cluster", _HOW) from error


def refuse_missing() -> None:
    """Say what to install, before anything is touched."""
    if not module_loader.find_plugin_with_context("kubernetes.core.k8s").resolved:
        raise RatchetError(
            "runtime_cluster needs the collection kubernetes.core, which isn't installed here",
            "Install it: ansible-galaxy collection install kubernetes.core, and pip install kubernetes for the Python that runs Ansible; or leave "
            "runtime_cluster out and apply the manifests yourself",
        )


def question(workload: Workload, place: Mapping[str, str]) -> dict[str, Any]:
    """What ``kubernetes.core.k8s_info`` is asked to know of a workload.

    :raises RatchetError: where its namespace would have to be guessed.
    """
    namespace = workload.namespace or place.get("namespace", "")
    if not namespace:
        raise RatchetError(
            f"the manifest of {workload} names no namespace, and which one is meant isn't known here",
            "Name it in the manifest (metadata.namespace) or in runtime_cluster: {namespace: NAME}",
        )
    asked = {
        "api_version": workload.api_version or "v1",
        "kind": workload.kind,
        "name": workload.name,
        "namespace": namespace,
    }
    return {**asked, **reached(place)}


def pods_of(live: Mapping[str, Any], place: Mapping[str, str]) -> dict[str, Any] | None:
    """What ``kubernetes.core.k8s_info`` is asked to know of a workload's pods; None where it doesn't say which they are."""
    labels = ((live.get("spec") or {}).get("selector") or {}).get("matchLabels") or {}
    if not labels:
        return None
    namespace = live["metadata"].get("namespace", "")
    selectors = [f"{name}={value}" for name, value in sorted(labels.items())]
    return {"api_version": "v1", "kind": "Pod", "namespace": namespace, "label_selectors": selectors, **reached(place)}


def reached(place: Mapping[str, str]) -> dict[str, str]:
    """The options of every module of ``kubernetes.core``."""
    return {key: place[key] for key in ("kubeconfig", "context") if place.get(key)}


def unanswered(answer: Mapping[str, Any]) -> RatchetError:
    """Why the cluster wasn't asked, or didn't answer."""
    said = str(answer.get("msg", "no reason given")).strip().partition("\n")[0].rstrip(".")
    if "import" in said and "kubernetes" in said:
        return RatchetError(
            f"runtime_cluster needs the Python library kubernetes: {said.partition('. ')[0]}",
            "Install it there: pip install kubernetes",
        )
    return RatchetError(
        f"the cluster doesn't answer: {said}", "See to runtime_cluster, the kubeconfig and the way to the API"
    )


def images(workload: Workload, found: Sequence[Mapping[str, Any]], containers: Collection[str]) -> dict[str, str]:
    """What these containers of a workload run by the cluster's word, by who runs it; nothing where it isn't there yet."""
    spec: Mapping[str, Any] = (found[0].get("spec") or {}) if found else {}
    spec = (spec.get("jobTemplate") or {}).get("spec") or spec
    pod = (spec.get("template") or {}).get("spec") or spec
    listed = [*(pod.get("initContainers") or []), *(pod.get("containers") or [])]
    return {f"{workload}, container {each['name']}": each["image"] for each in listed if each.get("name") in containers}
