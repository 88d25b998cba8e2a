# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A profile: what is known of one product, as data. Nothing here reads or judges.

Bounds follow one rule everywhere: ``since`` (in files ``from``) is inclusive, ``before`` exclusive, empty is no bound.
What each field means to an operator is told in docs/profiles.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils.packages_diff import Product
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile_rehearsal import Rehearsal


@dataclass(frozen=True)
class Image:
    """A repository in which the vendor keeps versions ``since`` to ``before``."""

    image: str
    since: str = ""
    before: str = ""


@dataclass(frozen=True)
class NotImage:
    """A repository that is easily taken for the product, and why it isn't."""

    image: str
    why: str


@dataclass(frozen=True)
class Health:
    """Where the application says how it is, from version ``since`` on.

    :ivar port: the container's port; None leaves the URL to the operator.
    :ivar asks_database: whether a good answer says anything about the database.
    """

    since: str = ""
    port: int | None = None
    path: str = "/"
    status: int = 200
    json: Mapping[str, Any] | None = None
    asks_database: bool = False
    note: str = ""


@dataclass(frozen=True)
class Witness:
    """One place that tells a running version.

    :ivar says: ``image`` if that is what the tag says, ``application`` if it is the version of what is inside.
    :ivar label, http, exec: exactly one is set: an image label; ``path`` with ``field`` or ``header``; an argv in the container.
    """

    says: str
    label: str = ""
    http: Mapping[str, str] | None = None
    exec: tuple[str, ...] = ()
    since: str = ""
    before: str = ""


@dataclass(frozen=True)
class Migration:
    """Who migrates the schema, from version ``since`` on.

    :ivar by: ``application`` (at start-up), ``service`` (a one-shot Compose service) or ``command`` (in the target image).
    :ivar check: argv that succeeds once the schema is what the image expects.
    :ivar repeats: whether every start migrates data again, not only the first one of a version.
    """

    by: str
    since: str = ""
    service: str = ""
    command: tuple[str, ...] = ()
    check: tuple[str, ...] = ()
    repeats: bool = False
    link: str = ""


@dataclass(frozen=True)
class Beforehand:
    """What the newer image, from ``since`` to ``before``, runs before its down-migration, and why."""

    command: tuple[str, ...]
    why: str
    since: str = ""
    before: str = ""
    link: str = ""


@dataclass(frozen=True)
class WayBack:
    """How one goes back to an older version, if both versions lie in ``since`` to ``before``; otherwise by restore.

    ``unless_tag`` as for ``Compatible``.

    :ivar down_to: how old the older version may be, where that is below ``since``.
    :ivar by: ``image`` (the old code tolerates the new schema), ``command`` (a down-migration in the newer image) or ``restore``.
    :ivar command: argv in which ``{version}`` stands for the older version.
    :ivar first: what is run before it.
    """

    by: str
    command: tuple[str, ...] = ()
    first: tuple[Beforehand, ...] = ()
    since: str = ""
    before: str = ""
    down_to: str = ""
    unless_tag: str = ""
    why: str = ""
    link: str = ""


@dataclass(frozen=True)
class Services:
    """The services that run the product's image: the order in which they start, and those that exit by design."""

    share_image: bool = False
    order: tuple[str, ...] = ()
    one_shot: tuple[str, ...] = ()


@dataclass(frozen=True)
class Compatible:
    """Versions of which any two may run side by side on one database.

    :ivar keeps: what works meanwhile.
    :ivar unless_tag: regular expression; a tag in which it is found is never one of them.
    """

    id: str
    why: str
    since: str = ""
    before: str = ""
    link: str = ""
    keeps: tuple[str, ...] = ()
    unless_tag: str = ""


@dataclass(frozen=True)
class Incompatible:
    """Migrations after ``since``, up to and including ``until``, that older code doesn't survive."""

    id: str
    since: str
    until: str
    why: str
    link: str = ""


@dataclass(frozen=True)
class RequiredStop:
    """Who comes from below ``crossing`` to it or above has to be at ``at_least`` first."""

    id: str
    crossing: str
    at_least: str
    why: str
    link: str = ""


@dataclass(frozen=True)
class Duration:
    """What a migration takes, in seconds: never less than ``at_least``, more by the rows of tables.

    :ivar without_counts: what to assume while no rows were counted.
    """

    at_least: int = 0
    without_counts: int = 0
    per_million_rows: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Consideration:
    """A fact about an upgrade: when ``crossing`` is crossed, or when the target lies in ``since`` to ``before``.

    :ivar env: only if the runtime's environment has this variable.
    :ivar needs_accepting: whether the operator has to accept it by its id.
    :ivar seconds: the estimate for this upgrade; only set where one is judged (``crossings.considerations``).
    """

    id: str
    message: str
    link: str = ""
    crossing: str = ""
    since: str = ""
    before: str = ""
    env: str = ""
    needs_accepting: bool = False
    time: Duration | None = None
    seconds: int | None = None


@dataclass(frozen=True)
class Majors:
    """What a change of major version asks of the operator."""

    need_accepting: bool = True
    why: str = ""
    link: str = ""


@dataclass(frozen=True)
class LowTraffic:
    """When the product is quiet enough to be upgraded: at most so many of its database's sessions at work."""

    sessions: int
    why: str = ""
    link: str = ""


@dataclass(frozen=True)
class Benign:
    """Regular expressions for the names of tables and lines of logs that never fail a run.

    :ivar moved: tables into which migrations move rows; the group ``table`` is the name of the table that had them.
    """

    tables: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    logs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Application:
    """What is inside the image: from image version (key) on, the application has the version (value)."""

    name: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    link: str = ""


@dataclass(frozen=True)
class OutOfScope:
    """A way to run the product that isn't upgraded from here, and why.

    :ivar found_by: the ``file`` in the project's directory that gives it away, and the regular expression that it ``says``; may be empty.
    """

    what: str
    why: str
    link: str = ""
    found_by: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Profile:
    """What is known of one product. ``health`` and ``migrates`` have one entry per change, oldest first."""

    name: str
    title: str
    scheme: str
    migrates: tuple[Migration, ...]
    health: tuple[Health, ...] = ()
    back: WayBack = WayBack("restore")
    images: tuple[Image, ...] = ()
    not_images: tuple[NotImage, ...] = ()
    out_of_scope: tuple[OutOfScope, ...] = ()
    version: tuple[Witness, ...] = ()
    application: Application = Application()
    ledger: str = ""
    services: Services = Services()
    compatible: tuple[Compatible, ...] = ()
    incompatible: tuple[Incompatible, ...] = ()
    required_stops: tuple[RequiredStop, ...] = ()
    considerations: tuple[Consideration, ...] = ()
    heads: Mapping[str, str] = field(default_factory=dict)
    majors: Majors = Majors()
    low_traffic: LowTraffic | None = None
    links: Mapping[str, str] = field(default_factory=dict)
    advice: tuple[str, ...] = ()
    benign: Benign = Benign()
    packages: Product = field(default_factory=Product)
    rehearsal: Rehearsal = field(default_factory=Rehearsal)

    def as_dict(self) -> dict[str, Any]:
        """The profile as JSON-serialisable data, for the plan."""
        return _plain(asdict(self))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value
