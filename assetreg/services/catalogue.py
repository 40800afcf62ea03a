"""Models and suppliers: found by what a list calls them, and added the first time they are seen."""

from __future__ import annotations

from sqlalchemy import select

from assetreg.db.catalogue import Model, Supplier
from assetreg.db.session import ScopedSession
from assetreg.domain.sorting import search_key, sort_key
from assetreg.domain.terms import Kind
from assetreg.services.remembered import remembered

UNKNOWN_MAKER = ""
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
        label = f"{maker} {bare}".strip()
        found = Model(kind=kind, manufacturer=maker, name=bare, match_key=key, sort_key=sort_key(label)[:LONGEST_KEY])
        session.add(found)
        session.flush()
    known[key] = found
    return found


def supplier(session: ScopedSession, name: str) -> Supplier:
    key = search_key(name)[:LONGEST_KEY]
    known: dict[str, Supplier] = remembered(session, "suppliers")
    if key in known:
        return known[key]
    found = session.execute(select(Supplier).where(Supplier.match_key == key)).scalar_one_or_none()
    if found is None:
        found = Supplier(name=name, match_key=key)
        session.add(found)
        session.flush()
    known[key] = found
    return found


def full_name(manufacturer: str, name: str) -> str:
    return f"{manufacturer} {name}".strip()


def _without(maker: str, name: str) -> str:
    """The name without the maker in front of it, unless nothing would be left."""
    bare = name.strip()
    if maker and bare.casefold().startswith(maker.casefold() + " "):
        return bare[len(maker) :].strip() or bare
    return bare
