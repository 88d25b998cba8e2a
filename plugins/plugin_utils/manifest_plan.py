# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From manifests and what is asked for to the edits, or to a refusal that names everything wrong. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import splice
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.references import Reference, parse
from ansible_collections.ratchet.runtime.plugins.plugin_utils import crossings, judging, request, versions
from ansible_collections.ratchet.runtime.plugins.plugin_utils.manifest_file import Image, Workload, unified_diff
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Problems
from ansible_collections.ratchet.runtime.plugins.plugin_utils.request import Request
from ansible_collections.ratchet.runtime.plugins.plugin_utils.standing import Standing


@dataclass(frozen=True)
class FileEdit:
    """A manifest that changes: ``before`` is its SHA-256 today."""

    path: str
    before: str
    splices: list[splice.Splice]
    diff: str


def plan(
    contents: Mapping[str, bytes], images: Sequence[Image], asked: Request, live: Mapping[str, str], cluster: bool
) -> dict[str, Any]:
    """What becomes of the manifests, as data.

    :param contents: the manifests by path.
    :param images: those of the runtime.
    :param live: images that the cluster runs, by who runs them.
    :param cluster: whether the manifests are applied, too.
    :raises Refusal: with everything that is in the way.
    """
    problems = Problems(asked.accept)
    fit = request.refuse(asked, problems)
    readable = [image for image in images if problems.attempt("", _version_of, image, asked)]
    if not fit or len(readable) < len(images):
        problems.stop()
    stands = _stands(readable, asked, live, problems)
    judgement = judging.judge(stands, asked, problems, _way_down(stands, asked))
    facts = crossings.Facts(env=frozenset(name for image in readable for name in image.environment))
    crossed = judging.crossed(stands, asked, facts, problems, otherwise="")
    workloads = list(dict.fromkeys(image.workload for image in readable if image.workload))
    notes = [*asked.notes, *_beside(stands, workloads, asked, problems)]
    if cluster:
        _refuse_without_backup(stands, asked, problems)
        _refuse_unreadable(readable, problems)
    page = asked.profile.links.get("releases")
    notes += [f"Release notes: {page}"] if page else []
    edits = [found for path, content in contents.items() if (found := _edit(path, content, readable, asked, problems))]
    problems.stop()
    return {
        "current": stands.highest,
        "version": asked.version,
        "change": judgement.change,
        "profile": asked.profile.name,
        "changes": bool(edits) or (cluster and stands.lowest != asked.version),
        "edits": edits,
        "files": {path: [image.scalar.line for image in readable if image.path == path] for path in contents},
        "workloads": [asdict(each) for each in workloads],
        "unnamed": [image.place for image in readable if not image.workload],
        "considerations": crossed,
        "matters": [asdict(each) for each in problems.matters],
        "notes": notes,
        "advice": list(asked.profile.advice),
    }


def _version_of(image: Image, asked: Request) -> versions.Version:
    """What the manifest says that an image is.

    :raises RatchetError: for what a template makes, for no tag, for a digest, and for a tag that can't be ordered.
    """
    if image.templated:
        raise RatchetError(
            f"{image.place} names an image that a template makes: {image.scalar.value}",
            "Change the value that the template takes, or render it first and give what was rendered",
        )
    reference = parse(image.scalar.value)
    if reference.digest:
        raise RatchetError(
            f"{image.place} pins the image to a digest, and that of {asked.version} isn't known here",
            "Write NAME:TAG without the digest, or write the new digest by hand",
        )
    if not reference.tag:
        raise RatchetError(
            f"{image.place} names {reference.name} without a tag, which means latest",
            "Write the full version that runs there, so that it is known where the way begins",
        )
    try:
        return versions.parse(reference.tag, asked.profile.scheme)
    except RatchetError as error:
        raise RatchetError(f"{image.place}: {error.reason}", error.remedy) from error


def _stands(images: Sequence[Image], asked: Request, live: Mapping[str, str], problems: Problems) -> Standing:
    """Law 2 here: the highest version that the manifests name, or that the cluster runs."""
    target = versions.parse(asked.version, asked.profile.scheme)
    by_tag: dict[str, list[str]] = {}
    for image in images:
        by_tag.setdefault(_version_of(image, asked).text, []).append(image.place)
    # Some may have the target already: a run that was killed got that far.
    others = [tag for tag in by_tag if versions.parse(tag, asked.profile.scheme).key != target.key]
    if len(others) > 1:
        told = "; ".join(f"{tag} in {', '.join(by_tag[tag])}" for tag in others)
        problems.add(
            RatchetError(
                f"the manifests name several versions of the runtime: {told}",
                "Bring them to one version first, or give those of each installation by themselves",
            )
        )
    claims = {tag: f"by {places[0]}" for tag, places in by_tag.items()}
    for who, text in live.items():
        found = problems.attempt(who, _live, text, asked)
        if found:
            claims.setdefault(found, f"by {who} in the cluster")
    problems.stop()
    # What is at the target already says nothing about the way that is left.
    left = [tag for tag in claims if versions.parse(tag, asked.profile.scheme).key != target.key] or [asked.version]
    top = problems.attempt("", versions.highest, left, asked.profile.scheme)
    problems.stop()
    low = min(left, key=lambda tag: versions.parse(tag, asked.profile.scheme).key)
    return Standing({}, top, claims.get(top, ""), top, low)


def _live(text: str, asked: Request) -> str:
    return versions.parse(parse(text).tag or "latest", asked.profile.scheme).text


def _way_down(stands: Standing, asked: Request) -> RatchetError:
    """Manifests have no journal, so nothing here goes back."""
    there = "runs" if stands.because.endswith("in the cluster") else "is there"
    return RatchetError(
        f"{stands.highest} {there}, and {asked.version} is older: versions only go forward",
        f"To go back, take the manifest of before out of your version control, and bring the database to what {asked.version} knows first",
    )


def _beside(stands: Standing, workloads: Sequence[Workload], asked: Request, problems: Problems) -> list[str]:
    """Kubernetes runs old and new side by side, unless it is told to stop the old ones first."""
    rolling = [each for each in workloads if each.kind == "Deployment" and each.strategy != "Recreate"]
    found, reason = crossings.strategy(asked.profile, stands.lowest, asked.version)
    if not rolling or found == crossings.ROLLING or stands.lowest == asked.version:
        return []
    names = ", ".join(str(each) for each in rolling)
    touched = crossings.incompatible(asked.profile, stands.lowest, asked.version)
    if touched:
        problems.matter(
            touched.id, f"{reason}; {names} would run both at once", "Set its spec.strategy to {type: Recreate}"
        )
        return []
    why = reason.partition(";")[0]
    return [
        f"{names}: Kubernetes runs old and new pods side by side, and {why}. With spec.strategy {{type: Recreate}} it doesn't"
    ]


def _refuse_without_backup(stands: Standing, asked: Request, problems: Problems) -> None:
    if stands.lowest != asked.version:
        problems.matter(
            "no_backup",
            "nothing here backs up the database that the new pods migrate",
            "Back it up, and see that the backup can be restored",
        )


def _refuse_unreadable(images: Sequence[Image], problems: Problems) -> None:
    """What isn't YAML can be edited, but no cluster takes it."""
    for image in images:
        if not image.workload or not image.workload.name:
            problems.add(
                RatchetError(
                    f"{image.place}: whose image this is can't be told, so it can't be applied",
                    "Mend the indentation around it, give the object kind and metadata.name, or leave runtime_cluster out",
                )
            )


def _edit(path: str, content: bytes, images: Sequence[Image], asked: Request, problems: Problems) -> FileEdit | None:
    splices = []
    for image in images:
        if image.path != path:
            continue
        name = problems.attempt(
            image.place, crossings.repository, asked.profile, parse(image.scalar.value), asked.version
        )
        new = str(Reference(name, asked.version)) if name else image.scalar.value
        # An anchor's value is one place, however many aliases name it.
        made = splice.Splice(image.scalar.start, image.scalar.value, new)
        if new != image.scalar.value and made not in splices:
            splices.append(made)
    if not splices:
        return None
    after = splice.spliced(content, splices)
    # No lines around the changed ones: those of a container's environment may hold secrets.
    diff = unified_diff(path, content.decode("utf-8"), after.decode("utf-8"), context=0)
    return FileEdit(path, splice.checksum(content), splices, diff)


def told(found: Mapping[str, Any]) -> dict[str, Any]:
    """The plan as a task's result."""
    return {**found, "edits": [{**asdict(each), "splices": len(each.splices)} for each in found["edits"]]}
