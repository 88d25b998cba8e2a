# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock of a database: its comment, which every controller that reaches it can read, and its owner can write.

The comment that was there before is kept inside, and comes back when the lock goes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import lease, postgres
from ansible_collections.ratchet.runtime.plugins.module_utils.database import Access

_MARK = "ratchet.runtime lock "
# Any two numbers that nobody else takes. Such locks are a database's own: everybody has to be connected to this one.
_ALONE = "select pg_advisory_xact_lock(hashtext('ratchet.runtime lock'), 0)"
_LOOK = """
select shobj_description(d.oid, 'pg_database'), extract(epoch from clock_timestamp())::float, pg_has_role(d.datdba, 'usage'),
       pg_is_in_recovery(), d.datname, pg_get_userbyid(d.datdba)
  from pg_database d where d.datname = current_database()
"""


def split(comment: str | None) -> tuple[str | None, str | None]:
    """The lease in a comment, as text, and the comment that is the database's own."""
    if comment is None or not comment.startswith(_MARK):
        return None, comment
    try:
        found = json.loads(comment[len(_MARK) :])
        text, own = found["lease"], found["comment"]
        if isinstance(text, str) and (own is None or isinstance(own, str)):
            return text, own
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    return comment, None


def joined(text: str | None, own: str | None) -> str | None:
    """A comment that holds both; in ASCII, as there are servers without an encoding."""
    return own if text is None else _MARK + json.dumps({"lease": text, "comment": own})


def own(comment: str | None) -> str | None:
    """A comment without the lease."""
    return split(comment)[1]


def handed_over(comment: str | None, own_of_new: str | None) -> str | None:
    """The comment of a database that takes the place of another: its own, with the lease of that."""
    return joined(split(comment)[0], own_of_new)


def described(connection: Any) -> dict[str, Any] | None:
    """The lease of the database that one is connected to, for an observation."""
    comment, now, *_rest = connection.execute(_LOOK).fetchone()
    return lease.described(split(comment)[0], now)


def exchange(access: Access, decide: Callable[[str | None, float], str | None]) -> str:
    """Replace the lease by what ``decide`` makes of it and of the server's clock; None removes it. Nobody comes in between.

    :returns: why it can't be, if the user may not comment on the database; nothing was written then.
    """
    from psycopg import sql

    with postgres.session(access, writes=True) as connection, connection.transaction():
        connection.execute(_ALONE)
        comment, now, may, standby, name, owner = connection.execute(_LOOK).fetchone()
        before, own_comment = split(comment)
        after = decide(before, now)
        if after == before:
            return ""
        if standby:
            return f"{name} is a standby, which nobody can lock"
        if not may:
            return f"the user {access.user} can't lock {name}, which {owner} owns"
        connection.execute(
            sql.SQL("comment on database {} is {}").format(
                sql.Identifier(name), sql.Literal(joined(after, own_comment))
            )
        )
        return ""
