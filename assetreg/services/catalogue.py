"""Models and suppliers: found by what a list calls them, and added the first time they are seen."""

from __future__ import annotations

from typing import TypeVar
from zlib import crc32

from sqlalchemy import func, select

from assetreg.db.catalogue import Model, Supplier
from assetreg.db.session import ScopedSession
from assetreg.domain.sorting import search_key, sort_key
from assetreg.domain.terms import Kind
from assetreg.services import provisional
from assetreg.services.remembered import remembered

UNKNOWN_MAKER = ""
NAMING = 7_318
"""The family of PostgreSQL's advisory locks that whoever adds a name holds one of."""

HOLDS = 1_024
"""So many locks there are for all names: one for each new name of a long list would fill the server's table of them."""

Named = TypeVar("Named", Model, Supplier)

LONGEST_KEY = 300
"""A key can be longer than the text it is made from, when compatibility forms unfold."""


def model(session: ScopedSession, kind: Kind, manufacturer: str | None, name: str) -> Model:
    """The model of a maker; "HP EliteBook" under HP and "EliteBook" under HP are the same."""
    maker = (manufacturer or UNKNOWN_MAKER).strip()
    bare = _without(maker, name)
    key = f"{search_key(maker)}|{search_key(bare)}"
    key = key[:LONGEST_KEY]
    known: dict[str, Model] = remembered(session, "models")
    if key in known:
        return known[key]
    found = session.execute(select(Model).where(Model.match_key == key)).scalar_one_or_none()
    if found is None:
        sorted_as = sort_key(full_name(maker, bare))[:LONGEST_KEY]
        found = _first(session, Model(kind=kind, manufacturer=maker, name=bare, match_key=key, sort_key=sorted_as))
    known[key] = found
    return found


def supplier(session: ScopedSession, name: str) -> Supplier:
    key = search_key(name)[:LONGEST_KEY]
    known: dict[str, Supplier] = remembered(session, "suppliers")
    if key in known:
        return known[key]
    found = session.execute(select(Supplier).where(Supplier.match_key == key)).scalar_one_or_none()
    if found is None:
        found = _first(session, Supplier(name=name, match_key=key))
    known[key] = found
    return found


def _first(session: ScopedSession, row: Named) -> Named:
    """The row, added, or the one with its key that another transaction has added since the caller looked.

    Whoever adds a name holds it until the end of the transaction. On SQLite the writer's lock is that hold.
    """
    if not session.is_sqlite:
        number = crc32(row.match_key.encode(errors="replace")) % HOLDS
        session.execute(select(func.pg_advisory_xact_lock(NAMING, number)))
        kind = type(row)
        found = session.execute(select(kind).where(kind.match_key == row.match_key)).scalar_one_or_none()
        if found is not None:
            return found
    provisional.adds(session)
    session.add(row)
    session.flush()
    return row


def full_name(manufacturer: str, name: str) -> str:
    return f"{manufacturer} {name}".strip()


def _without(maker: str, name: str) -> str:
    """The name without the maker in front of it, unless nothing would be left."""
    bare = name.strip()
    if maker and bare.casefold().startswith(maker.casefold() + " "):
        return bare[len(maker) :].strip() or bare
    return bare
