# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is not as it was is seen: the comparison of the large test can fail."""

from __future__ import annotations

import contents
import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import database
from conftest import made, psql
from sample_project import Sample

SWAP = "update document d set content = o.content from document o where d.id + o.id = 3"


@pytest.fixture(scope="module")
def filled(sample: Sample) -> str:
    """A small database with everything, whose event trigger keeps still."""
    name = made(sample, "compared", 0.001)
    psql(sample, name, 'alter database :"DBNAME" set event_triggers = off')
    return name


@pytest.mark.parametrize(
    ("tamper", "what"),
    [
        ("", []),
        ("update extremes set t = null where t = ''", ["table public.extremes"]),
        ("update extremes set r = '0' where r = '-0'", ["table public.extremes"]),
        (
            "update extremes set at = at + interval '1 microsecond' where n > 1 and n < 'Infinity'",
            ["table public.extremes"],
        ),
        ("delete from scratch where id = 7", ["table public.scratch"]),
        ("insert into no_columns default values", ["table public.no_columns"]),
        (
            "insert into shape select * from only shape; delete from circle where id = 2",
            ["table public.circle", "table public.shape"],
        ),
        (SWAP, ["table public.document"]),
        ("delete from event_else where id = 1051", ["table public.event_else"]),
        (
            'update "Été 2024"."with space; drop table person --" set "a""b\'c" = \'z\'',
            ["table Été 2024.with space; drop table person --"],
        ),
        ("refresh materialized view by_kind_more with no data", ["table public.by_kind_more"]),
        ("select lo_put(700003, 5, 'x')", ["large object 700003"]),
        ("select lo_unlink(700001), lo_create(700009)", ["large object 700001", "large object 700009"]),
        ("grant select on large object 700009 to public", ["large object 700009"]),
        ("alter large object 700002 owner to large_reader", ["large object 700002"]),
        ("select setval('not_called', 12345, true)", ["sequence public.not_called"]),
        ("select nextval('small')", ["sequence public.small"]),
        ("alter sequence small cache 4", ["the schema"]),
        ("alter table scratch set logged", ["the schema"]),
        ("alter table audit enable trigger noted_always", ["the schema"]),
        ("create extension pgcrypto", ["extensions", "the schema"]),
        ('comment on database :"DBNAME" is null', ["the database"]),
        ("alter role large_reader in database :\"DBNAME\" set work_mem = '8MB'", ["the database"]),
        ('grant create on database :"DBNAME" to large_reader', ["the database"]),
    ],
)
def test_what_was_changed_is_named(
    sample: Sample, access: database.Access, filled: str, tamper: str, what: list[str]
) -> None:
    before = contents.read(sample, access, filled)
    psql(sample, filled, tamper)
    found = contents.differences(before, contents.read(sample, access, filled))
    assert [each.partition(": ")[0] for each in found] == what
