"""Reading the history back: every chain verified against its subject's head."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import select

from assetreg.db.base import Base, Chained
from assetreg.db.history import Event, FreeText
from assetreg.db.session import ScopedSession
from assetreg.domain import chain, history
from assetreg.domain.sentences import Bilingual, Sentence
from assetreg.services.history import EVENT_COLUMNS
from assetreg.services.progress import Progress, silent

BATCH = 5000

Head = tuple[int, str]


def faults(session: ScopedSession, *, progress: Progress = silent) -> Iterator[tuple[str, Sentence]]:
    """Each fault of each chain, with the subject it is about. Reads every event once, in bounded memory."""
    key: bytes = session.info["history_key"]
    for name, entity in sorted(chained().items()):
        heads = _heads(session, entity)
        for subject_id, rows in groupby(_events(session, name, progress), key=lambda row: int(row.subject_id)):
            seq, digest = heads.pop(subject_id, (0, history.GENESIS))
            stored = []
            for row in rows:
                stored.append(_stored(row))
                yield from _text_faults(row, name)
            for fault in chain.verify_chain(stored, key, head_seq=seq, head_hash=digest):
                values = {"fault": Bilingual(fault.kind.sv, fault.kind.en), "seq": fault.seq}
                yield f"{name} {subject_id}", Sentence("{fault} (händelse {seq}).", values)
        for subject_id, (seq, _) in heads.items():
            if seq:
                yield f"{name} {subject_id}", Sentence("Hela historiken saknas ({seq} händelser).", {"seq": seq})


def chained() -> dict[str, Any]:
    """The tables whose rows have a history of their own."""
    entities: Iterator[Any] = (mapper.class_ for mapper in Base.registry.mappers)
    return {entity.__tablename__: entity for entity in entities if issubclass(entity, Chained)}


def _heads(session: ScopedSession, entity: Any) -> dict[int, Head]:
    rows = session.execute(select(entity.id, entity.head_seq, entity.head_hash))
    return {row[0]: (row[1], row[2]) for row in rows}


def _events(session: ScopedSession, subject: str, progress: Progress) -> Iterator[Any]:
    columns = [getattr(Event, name) for name in EVENT_COLUMNS]
    rows = session.execute(
        select(*columns, Event.prev, Event.hash, Event.text_id, FreeText.body, FreeText.salt)
        .outerjoin(FreeText, FreeText.id == Event.text_id)
        .where(Event.subject == subject)
        .order_by(Event.subject_id, Event.seq)
        .execution_options(yield_per=BATCH)
    )
    for done, row in enumerate(rows, start=1):
        yield row
        if done % BATCH == 0:
            progress("händelser", done)


def _stored(row: Any) -> chain.StoredEvent:
    facts = history.EventFacts(**{name: getattr(row, name) for name in EVENT_COLUMNS})
    return chain.StoredEvent(facts=facts, prev=row.prev, hash=row.hash)


def _text_faults(row: Any, name: str) -> Iterator[tuple[str, Sentence]]:
    """A free text that is not the one the event was written with; an erased one is no fault."""
    if row.body is None or row.text_hash is None:
        return
    if history.text_hash(bytes.fromhex(row.salt), row.body) != row.text_hash:
        values = {"seq": row.seq}
        yield f"{name} {row.subject_id}", Sentence("Texten till händelse {seq} har ändrats.", values)
