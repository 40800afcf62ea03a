"""Where a person is named outside the table of persons: in free text, and in files that have been read in.

What is looked for is the whole name, the e-mail address and the number, and a name or address that a list has
changed. A first name alone, a nickname or a misspelling is not found, and neither is a name inside a file that is
packed (a workbook): such a file is known by its rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import or_, select

from assetreg.db.device import Device
from assetreg.db.history import Event, FreeText
from assetreg.db.intake import Import, ImportRow
from assetreg.db.person import Assignment
from assetreg.db.session import ScopedSession
from assetreg.domain.naming import Naming
from assetreg.domain.terms import ImportState
from assetreg.services import person_words
from assetreg.services.person_words import Traces

BATCH = 1000
OPEN = (ImportState.STAGING, ImportState.PREVIEWED, ImportState.APPLYING, ImportState.UNDOING)
"""An import that is not over keeps its rows and its file, which it still needs."""

TEXT_COLUMNS = ("note_id", "due_reason_id")


def near(session: ScopedSession, naming: Naming) -> Traces:
    """The texts that name a person and belong to a device the person has had, and the rows of files that name one."""
    found = Traces()
    person_words.learn_earlier(session, naming)
    persons = list(naming.by_person)
    for start in range(0, len(persons), BATCH):
        found.texts |= _texts_of_devices(session, naming, persons[start : start + BATCH])
    _find_rows(session, naming, found)
    return found


def everywhere(session: ScopedSession, naming: Naming) -> Traces:
    """The texts and rows that name a person, wherever they are; reads every text, so it is for one person at a time."""
    found = Traces()
    person_words.learn_earlier(session, naming)
    bodies = select(FreeText.id, FreeText.body).where(FreeText.body.is_not(None)).execution_options(yield_per=BATCH)
    found.texts = {row[0] for row in session.execute(bodies) if row[1] and naming.any_of(row[1])}
    _find_rows(session, naming, found)
    return found


def replaced_texts(payloads: Iterable[str]) -> set[int]:
    """The texts that events speak of as a device's note or reason, before or after."""
    found: set[int] = set()
    for payload in payloads:
        changed = json.loads(payload).get("changes", {})
        found |= {text for name in TEXT_COLUMNS for text in changed.get(name, ()) if text is not None}
    return found


def tells_of_text() -> Any:
    """Events whose payload names a device's note or reason."""
    return or_(*(Event.payload.contains(f'"{name}":[') for name in TEXT_COLUMNS))


def _texts_of_devices(session: ScopedSession, naming: Naming, persons: list[int]) -> set[int]:
    told = session.execute(
        select(Assignment.person_id, Event.text_id, Event.payload)
        .select_from(Assignment)
        .join(Event, Event.subject_id == Assignment.device_id)
        .where(Assignment.person_id.in_(persons), Event.subject == Device.__tablename__)
        .where(or_(Event.text_id.is_not(None), tells_of_text()))
    )
    by_text: dict[int, set[int]] = {}
    for person, text, payload in told:
        for each in replaced_texts([payload]) | ({text} if text is not None else set()):
            by_text.setdefault(each, set()).add(person)
    found: set[int] = set()
    ids = sorted(by_text)
    for start in range(0, len(ids), BATCH):
        bodies = select(FreeText.id, FreeText.body).where(FreeText.id.in_(ids[start : start + BATCH]))
        found |= {
            row[0]
            for row in session.execute(bodies.where(FreeText.body.is_not(None)))
            if row[1] and any(naming.names(person, row[1]) for person in by_text[row[0]])
        }
    return found


def _find_rows(session: ScopedSession, naming: Naming, found: Traces) -> None:
    rows = session.execute(
        select(ImportRow.id, ImportRow.import_id, ImportRow.cells, ImportRow.before)
        .join(Import, Import.id == ImportRow.import_id)
        .where(Import.state.not_in(OPEN))
        .execution_options(yield_per=BATCH)
    )
    by_import: dict[int, list[tuple[int, list[Any], Any]]] = {}
    for row_id, import_id, cells, before in rows:
        if naming.in_row(cells, before):
            by_import.setdefault(import_id, []).append((row_id, cells, before))
    for import_id, hits in by_import.items():
        others = person_words.other_cells(session.get_one(Import, import_id))
        named = {row_id for row_id, cells, before in hits if naming.in_row(cells, before, others=others)}
        found.rows |= named
        found.imports |= {import_id} if named else set()
    person_words.find(session, naming, found)
