"""What becomes of each row: judged in the order of the file, each row after those before it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import or_, select

from assetreg.db.intake import ImportRow
from assetreg.domain.errors import Refusal
from assetreg.domain.terms import RowVerdict
from assetreg.services.imports.device_conflicts import refuse_other_start
from assetreg.services.imports.device_rows import DeviceRows
from assetreg.services.imports.figure_rows import FigureRows
from assetreg.services.imports.outcome_rows import OutcomeRows
from assetreg.services.imports.person_rows import PersonRows
from assetreg.services.imports.presets import DEVICES, INDICATOR_VALUES, OUTCOMES, PERSONS
from assetreg.services.imports.reading import Item
from assetreg.services.imports.refusals import ContradictsRow
from assetreg.services.imports.work import Handler, Work

HANDLERS: dict[str, Callable[[Work], Handler]] = {
    DEVICES.name: DeviceRows,
    PERSONS.name: PersonRows,
    OUTCOMES.name: OutcomeRows,
    INDICATOR_VALUES.name: FigureRows,
}


def rehearse(work: Work, items: Sequence[Item]) -> None:
    """Gives every item its verdict as things stand, and leaves the register as it was."""
    with work.rehearsal(), work.session.no_autoflush:
        handler = _prepared(work, items)
        for item in items:
            if not item.refused:
                with _refusals(item):
                    item.keys = handler.keys(item)
        link(work, items, [item for item in items if any(item.keys)])
        _judge_all(work, handler, items)


def perform(work: Work, items: Sequence[Item], *, twinned: Iterable[Item]) -> None:
    """Writes what the items say and gives each its verdict; ``twinned`` are those with an earlier row like them."""
    with work.session.no_autoflush:
        handler = _prepared(work, items)
        link(work, items, list(twinned))
        _judge_all(work, handler, items)
        work.session.flush()


def link(work: Work, items: Sequence[Item], wanted: Sequence[Item]) -> None:
    """Gives each wanted item the earlier rows of the file that share a key with it."""
    if not wanted:
        return
    index: dict[str, list[Item]] = {}
    for item in (*_earlier(work, wanted, before=items[0].number), *items):
        keys = [key for key in item.keys if key]
        found = {twin.number: twin for key in keys for twin in index.get(key, ())}
        item.twins = [found[number] for number in sorted(found)]
        for key in keys:
            index.setdefault(key, []).append(item)


def _prepared(work: Work, items: Sequence[Item]) -> Handler:
    handler = HANDLERS[work.batch.preset](work)
    handler.prepare([item for item in items if not item.refused])
    return handler


def _judge_all(work: Work, handler: Handler, items: Sequence[Item]) -> None:
    for item in items:
        if not item.refused:
            with _refusals(item):
                _judge(work, handler, item)
    handler.finish()


@contextmanager
def _refusals(item: Item) -> Iterator[None]:
    try:
        yield
    except Refusal as refusal:
        item.refuse(refusal)


def _judge(work: Work, handler: Handler, item: Item) -> None:
    item.twins = [twin for twin in item.twins if not twin.refused]
    _refuse_contradiction(work, item)
    if item.twins and work.reader.preset.whole_rows:
        item.verdict, item.device_id = RowVerdict.UNCHANGED, item.twins[0].device_id
    elif item.twins and not work.writing and item.device is None:
        adds = any(value is not None for value in item.fresh.values())
        item.verdict = RowVerdict.UPDATED if adds else RowVerdict.UNCHANGED
    elif handler.careful:
        with work.attempt():
            item.verdict = handler.judge(item)
    elif work.writing:
        with work.row():
            item.verdict = handler.judge(item)
    else:
        with work.row(), item.only_fresh():
            item.verdict = handler.judge(item)


def _refuse_contradiction(work: Work, item: Item) -> None:
    preset = work.reader.preset
    for twin in item.twins:
        shared = (
            item.loaded.keys() | twin.loaded.keys() if preset.whole_rows else item.loaded.keys() & twin.loaded.keys()
        )
        differing = [name for name in sorted(shared) if item.loaded.get(name) != twin.loaded.get(name)]
        if differing:
            columns = [preset.header(name) for name in differing]
            raise ContradictsRow(field=differing[0], row=twin.number, columns=columns)
        if not preset.whole_rows:
            refuse_other_start(item, twin)


def _earlier(work: Work, wanted: Sequence[Item], *, before: int) -> list[Item]:
    """Rows of earlier batches that share a key with a wanted one and were not refused."""
    firsts = sorted({item.keys[0] for item in wanted if item.keys[0]})
    seconds = sorted({item.keys[1] for item in wanted if item.keys[1]})
    rows = work.session.execute(
        select(
            *(ImportRow.number, ImportRow.cells, ImportRow.first_key, ImportRow.second_key),
            *(ImportRow.device_id, ImportRow.verdict),
        )
        .where(ImportRow.import_id == work.batch.id, ImportRow.number < before)
        .where(ImportRow.verdict != RowVerdict.REFUSED)
        .where(or_(ImportRow.first_key.in_(firsts), ImportRow.second_key.in_(seconds)))
        .order_by(ImportRow.number)
    )
    found = []
    for number, cells, first, second, device_id, verdict in rows:
        item = work.reader.read(number, cells)
        item.keys, item.device_id, item.verdict = (first, second), device_id, verdict
        found.append(item)
    return found
