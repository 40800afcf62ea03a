"""Statements to try on a scoped session: those with a right answer, and those that have to be refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    DDL,
    MetaData,
    String,
    Table,
    alias,
    bindparam,
    case,
    cast,
    column,
    delete,
    distinct,
    exists,
    false,
    func,
    insert,
    inspect,
    lambda_stmt,
    literal,
    literal_column,
    or_,
    quoted_name,
    select,
    table,
    tablesample,
    text,
    true,
    tuple_,
    union,
    union_all,
    update,
)
from sqlalchemy.orm import (
    Bundle,
    aliased,
    join,
    outerjoin,
    registry,
    relationship,
)

from assetreg.db.tables import Base, Device, Event, Label, Owner, Unit
from tests.db.rows import Side

BARE = Base.metadata.tables["device"]
MAPPER: Any = inspect(Device)
Statement = Callable[[], Any]
ddl: Callable[[str], Any] = DDL


class Forward:
    """A device that knows its predecessor; only here, since the register has no relationships."""

    owned = Device.owned
    id: Any
    tag: Any
    replaces: Any


registry().map_imperatively(
    Forward,
    BARE,
    properties={"replaces": relationship(Forward, foreign_keys=[BARE.c.replaces_id], remote_side=[BARE.c.id])},
)


def chain() -> Any:
    newest = select(Device.id, Device.replaces_id).cte("chain", recursive=True)
    older = aliased(Device)
    chain = newest.union_all(select(older.id, older.replaces_id).join(newest, older.id == newest.c.replaces_id))
    return select(chain.c.id)


def joined_to(other: Any, *, outer: bool = False) -> Any:
    return select(Device.id, other.tag).join(other, other.id == Device.replaces_id, isouter=outer)


def twice(cte: Any) -> Any:
    other = cte.alias()
    return select(cte.c.id).join(other, other.c.id == cte.c.id)


def latest_of_each_owner() -> Any:
    newest = select(Device.id).where(Device.owner_id == Owner.id).order_by(Device.id).limit(2).lateral()
    return select(newest.c.id).select_from(Owner).join(newest, true())


def events_of() -> Any:
    return select(func.count(Event.id)).where(Event.subject_id == Device.id)


def devices_of() -> Any:
    return select(Device.id).where(Device.owner_id == Owner.id)


DEVICE_IDS: dict[str, Statement] = {
    "column": lambda: select(Device.id),
    "literal where": lambda: select(Device.id).where(or_(true(), Device.id > 0)),
    "in brackets": lambda: select(Device.id).where(or_(Device.tag == "x", Device.tag != "x")),
    "alias": lambda: select(aliased(Device).id),
    "alias of a subquery": lambda: select(aliased(Device, select(Device).where(Device.id > 0).subquery()).id),
    "subquery": lambda: select(select(Device.id, Device.tag).subquery().c.id),
    "cte": lambda: select(select(Device.id).cte().c.id),
    "cte used twice": lambda: twice(select(Device.id).cte()),
    "recursive cte": chain,
    "union": lambda: union(select(Device.id), select(Device.id)),
    "union after a shared table": lambda: union_all(select(Owner.id).where(false()), select(Device.id)),
    "union, ordered and cut": lambda: union(select(Device.id.label("n")), select(Device.id)).order_by("n").limit(9),
    "intersect": lambda: select(Device.id).intersect(select(Event.subject_id)),
    "in": lambda: select(Device.id).where(Device.owner_id.in_(select(Device.owner_id))),
    "exists": lambda: select(Device.id).where(exists(select(Event.id).where(Event.subject_id == Device.id))),
    "not exists": lambda: select(Device.id).where(~exists(select(Label.id).where(Label.device_id == -Device.id))),
    "correlated by name": lambda: select(Device.id).where(events_of().correlate(Device).scalar_subquery() == 1),
    "aliased in a joined subquery": lambda: select(Device.id).join(
        (sub := select(aliased(Device).id.label("n")).subquery()), sub.c.n == Device.id
    ),
    "keyset page": lambda: (
        select(Device.id)
        .where(tuple_(Device.tag, Device.id) > tuple_("", 0))
        .order_by(Device.tag, Device.id)
        .limit(50)
        .offset(0)
    ),
    "bound later": lambda: select(Device.id).where(Device.id > bindparam("n", 0)),
    "condition on the bare column of a named class": lambda: select(Device.id).where(BARE.c.id > 0),
    "locked": lambda: select(Device.id).with_for_update(of=Device),
    "in batches": lambda: select(Device.id).execution_options(yield_per=1),
    "scalar subquery in a condition": lambda: select(Device.id).where(
        Device.id <= select(func.max(Device.id)).scalar_subquery()
    ),
    "expression of the attribute": lambda: select(Device.id.expression),
    "join": lambda: select(Device.id).join(Event, Event.subject_id == Device.id),
    "join from a child": lambda: select(Device.id).select_from(Event).join(Device, Event.subject_id == Device.id),
    "outer join from a child": lambda: select(Event.subject_id).outerjoin(Device, Event.subject_id == Device.id),
    "child": lambda: select(Event.subject_id),
    "label's device": lambda: select(Label.device_id).where(Label.device_id.is_not(None)),
    "with the owner": lambda: select(Device.id).join(Owner, Owner.id == Device.owner_id),
    "per owner": lambda: select(Device.id).join(Unit, Unit.id == Device.unit_id, isouter=True),
}

OTHER_ANSWERS: dict[str, tuple[Statement, Callable[[Side], list[Any]]]] = {
    "count of the class": (lambda: select(func.count()).select_from(Device), lambda own: [3]),
    "count of a column": (lambda: select(func.count(Device.id)), lambda own: [3]),
    "count of distinct": (lambda: select(func.count(distinct(Device.owner_id))), lambda own: [1]),
    "count of a subquery": (lambda: select(func.count()).select_from(select(Device.id).subquery()), lambda own: [3]),
    "filtered count": (lambda: select(func.count().filter(Device.tag != "")).select_from(Device), lambda own: [3]),
    "filtered count of a column": (
        lambda: select(Device.owner_id, func.count(Device.id).filter(Device.tag != "")).group_by(Device.owner_id),
        lambda own: [(own.owner, 3)],
    ),
    "sum of two": (
        lambda: select(Device.id - Event.subject_id).join(Event, Event.subject_id == Device.id),
        lambda own: [0, 0, 0],
    ),
    "aggregate under a name": (lambda: select(func.max(Device.id).label("n")), lambda own: [max(own.devices)]),
    "two aggregates": (
        lambda: select(func.max(Device.id), func.max(Event.id)).join(Event, Event.subject_id == Device.id),
        lambda own: [(max(own.devices), max(own.events))],
    ),
    "group": (
        lambda: select(Device.owner_id, func.count()).group_by(Device.owner_id).having(func.count() > 0),
        lambda own: [(own.owner, 3)],
    ),
    "case": (lambda: select(case((Device.id > 0, Device.owner_id), else_=0)), lambda own: [own.owner] * 3),
    "cast": (lambda: select(cast(Device.owner_id, String)), lambda own: [str(own.owner)] * 3),
    "bundle": (lambda: select(Bundle("b", Device.owner_id)), lambda own: [(own.owner,)] * 3),
    "window": (
        lambda: select(Device.id, func.row_number().over(partition_by=Device.owner_id, order_by=Device.id)),
        lambda own: [(id_, n) for n, id_ in enumerate(own.devices, 1)],
    ),
    "scalar subquery": (
        lambda: select(Device.id, events_of().scalar_subquery()),
        lambda own: [(id_, 1) for id_ in own.devices],
    ),
    "scalar subquery alone": (
        lambda: select(select(func.max(Device.id)).scalar_subquery()),
        lambda own: [max(own.devices)],
    ),
    "scalar subquery in a function": (
        lambda: select(func.coalesce(select(func.max(Device.id)).scalar_subquery(), 0)),
        lambda own: [max(own.devices)],
    ),
    "owners with devices": (lambda: select(Owner.id).where(exists(devices_of())), lambda own: [own.owner]),
    "owners in": (lambda: select(Owner.id).where(Owner.id.in_(select(Device.owner_id))), lambda own: [own.owner]),
    "owners in a union": (
        lambda: select(Owner.id).where(Owner.id.in_(union(select(Device.owner_id), select(Event.owner_id)))),
        lambda own: [own.owner],
    ),
    "owners of the bare shared table": (
        lambda: select(Base.metadata.tables["owner"].c.id).where(
            Base.metadata.tables["owner"].c.id.in_(select(Device.owner_id))
        ),
        lambda own: [own.owner],
    ),
    "owners sorted by a scalar subquery": (
        lambda: (
            select(Owner.id)
            .order_by(select(func.count(Device.id)).where(Device.owner_id == Owner.id).scalar_subquery().desc())
            .limit(1)
        ),
        lambda own: [own.owner],
    ),
    "owners in an outer join": (
        lambda: select(Device.id).select_from(Owner).outerjoin(Device, Device.owner_id == Owner.id).distinct(),
        lambda own: sorted([*own.devices, None], key=repr),
    ),
}

FOREIGN_FACTS: dict[str, Statement] = {
    "exists": lambda: select(exists(select(Device.id).where(Device.tag == "B-0"))),
    "exists as a statement": lambda: exists(select(Device.id).where(Device.tag == "B-0")).select(),
    "in": lambda: select(literal("B-0").in_(select(Device.tag))),
    "self join": lambda: select(func.count(aliased(Device).id) > 3),
    "inner join to the foreign predecessor": lambda: select(exists(joined_to(aliased(Device)))),
}


def only_through(*inner: Any) -> Any:
    """A select that meets an owned class only inside ``inner``."""
    return select(Owner.id, *inner)


def cte_of(statement: Any) -> Any:
    return select(statement.cte())


REFUSED: dict[str, Statement] = {
    "table": lambda: select(BARE),
    "table, grouped": lambda: select(BARE.c.owner_id, func.count()).group_by(BARE.c.owner_id),
    "table mixed with mapped columns": lambda: select(Device.id, BARE.c.tag),
    "table under an alias": lambda: select(BARE.alias().c.tag),
    "class under an alias of Core": lambda: select(alias(MAPPER.__clause_element__()).c.tag),
    "table in a subquery": lambda: select(select(BARE.c.tag).subquery().c.tag),
    "table in a cte": lambda: select(select(BARE.c.tag).cte().c.tag),
    "table in an aliased shared class": lambda: select(
        aliased(Owner, select(BARE.c.id, BARE.c.tag.label("code")).subquery(), adapt_on_names=True).code
    ),
    "table in a limit": lambda: select(Owner.id).limit(select(func.count(BARE.c.id)).scalar_subquery()),
    "table in an ORDER BY": lambda: select(Owner.id).order_by(select(func.max(BARE.c.id)).scalar_subquery()),
    "table joined": lambda: select(Event.id, BARE.c.id).join(BARE, BARE.c.id == Event.subject_id),
    "table joined for its condition": lambda: select(Owner.id).join(BARE, BARE.c.owner_id == Owner.id),
    "table implied by a condition": lambda: select(Owner.id).where(BARE.c.owner_id == Owner.id),
    "table of a condition on an alias": lambda: select(aliased(Device).id).where(BARE.c.id > 0),
    "table of the mapper": lambda: select(inspect(Device).columns.tag),
    "table by name": lambda: select(column("tag")).select_from(table("device")),
    "table by name in capitals": lambda: select(table("DEVICE", column("tag")).c.tag),
    "table by a name split by a comment": lambda: select(column("tag")).select_from(
        table(quoted_name("dev/**/ice", quote=False))
    ),
    "table of another metadata": lambda: select(Table("device", MetaData()).insert().table),
    "search index": lambda: select(column("search_key")).select_from(table("device_search")),
    "catalogue of the database": lambda: select(column("sql")).select_from(table("sqlite_master")),
    "sample": lambda: select(tablesample(Device, func.bernoulli(100)).c.id),
    "text": lambda: text("SELECT tag FROM device"),
    "text with columns": lambda: text("SELECT tag FROM device").columns(column("tag")),
    "text with a split name": lambda: text("SELECT tag FROM dev/**/ice"),
    "text behind a class": lambda: select(Device).from_statement(text("SELECT * FROM device")),
    "text in a condition": lambda: select(Device.id).where(text("1=1 or 1=1")),
    "text in HAVING": lambda: select(Device.owner_id).group_by(Device.owner_id).having(text("1=1 or 1=1")),
    "text in ORDER BY": lambda: select(Device.id).order_by(text("(SELECT tag FROM device)")),
    "text in a function": lambda: select(func.coalesce(text("(SELECT max(tag) FROM device)"))),
    "text before the columns": lambda: only_through().prefix_with("(SELECT max(tag) FROM device),"),
    "text after the select": lambda: only_through().suffix_with("UNION SELECT id FROM device"),
    "text as a hint": lambda: only_through().with_statement_hint("UNION SELECT id FROM device"),
    "text as a hint on a table": lambda: only_through().with_hint(Owner, "UNION SELECT id FROM device"),
    "literal column": lambda: only_through(literal_column("(SELECT max(tag) FROM device)")),
    "literal limit": lambda: only_through().limit(literal_column("(SELECT count(*) FROM device)")),
    "operator that closes the condition": lambda: select(Device.id).where(Device.tag.op("= '' OR 1=1 OR ''=")("")),
    "operator with a subquery": lambda: only_through().where(Owner.id.op("IN (SELECT 7) OR 0<")(1)),
    "operator that is a comment": lambda: select(Device.id).where(Device.tag.op("--")("x")),
    "class implied by a filter": lambda: select(func.count().filter(Device.tag != "")),
    "class implied by a filtered count": lambda: select(func.count(Device.id).filter(Device.tag != "")),
    "class implied by a window": lambda: select(func.row_number().over(order_by=Device.id)),
    "second class of an expression": lambda: select(Event.id + Device.id),
    "second class of a case": lambda: select(func.count(case((Event.id > 0, Device.id)))),
    "class implied by a condition": lambda: select(Owner.id).where(Owner.id == Device.owner_id),
    "class implied by an order": lambda: select(Owner.id).order_by(Device.id),
    "class implied by an ON clause": lambda: select(Owner.id).join(Unit, Unit.id == Device.unit_id),
    "class implied by a bare EXISTS": lambda: select(Owner.id).where(exists().where(Device.owner_id == Owner.id)),
    "class lent to a select without FROM": lambda: select(
        Device.id, select(func.count()).where(Device.id > 0).scalar_subquery()
    ),
    "class lent to a subquery": lambda: select(
        Device.id, select(func.count(Owner.id).label("n")).where(Device.owner_id == Owner.id).subquery().c.n
    ),
    "class lent to a cte": lambda: select(
        Device.id, select(func.count(Owner.id).label("n")).where(Device.owner_id == Owner.id).cte().c.n
    ),
    "class lent over two floors": lambda: select(
        Device.id, select(func.count(Owner.id)).where(exists(events_of())).scalar_subquery()
    ),
    "class not lent": lambda: select(Device.id, events_of().correlate(None).scalar_subquery()),
    "full join": lambda: select(Owner.id, Device.id).join(Device, Device.owner_id == Owner.id, full=True),
    "join of the ORM": lambda: select(Owner.id).select_from(join(Owner, Device, Device.owner_id == Owner.id)),
    "outer join of the ORM": lambda: select(Owner.id).select_from(outerjoin(Owner, Device, Device.id > 0)),
    "join along a relationship": lambda: select(Forward.id).join(Forward.replaces),
    "relationship in a condition": lambda: select(Forward.id).where(Forward.replaces.has()),
    "lambda": lambda: lambda_stmt(lambda: select(Device.id)),
    "lambda in a condition": lambda: select(Owner.id).where(lambda: Owner.id.in_(select(BARE.c.owner_id))),
    "bulk insert": lambda: insert(Label).values(token="X"),
    "bulk update": lambda: update(Device).values(os="x"),
    "bulk delete": lambda: delete(Device).where(Device.id == 1),
    "delete in a cte": lambda: cte_of(delete(Label).returning(Label.id)),
    "update in a cte": lambda: cte_of(update(BARE).values(os="x").returning(BARE.c.id)),
    "delete beside a select": lambda: only_through().add_cte(delete(BARE).returning(BARE.c.id).cte("gone")),
    "statement of another language": lambda: ddl("DELETE FROM device"),
}
