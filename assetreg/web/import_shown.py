"""An import as ready strings, for its page and for the list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from assetreg.domain.access import Act, Actor
from assetreg.domain.terms import ImportState, JobState, RowVerdict
from assetreg.services.imports.asking import APPLY, STAGE
from assetreg.services.imports.presets import OUTCOMES, Preset
from assetreg.services.imports.reporting import RefusedRow, ShownRow, Summary, may_read
from assetreg.services.jobs import Standing
from assetreg.web import visit
from assetreg.web.device_shown import address, worded
from assetreg.web.formats import moment, number, term
from assetreg.web.import_form import LABELS
from assetreg.web.languages import language, sentence

MOST_REFUSED = 100
MOST_ADDED = 30
WIDEST = 40

MEANINGS = {
    ImportState.STAGING: "info",
    ImportState.PREVIEWED: "attention",
    ImportState.APPLYING: "info",
    ImportState.INTERRUPTED: "stop",
    ImportState.DONE: "done",
    ImportState.UNDOING: "info",
    ImportState.UNDONE: "",
    ImportState.FAILED: "stop",
}


def line(found: Summary) -> dict[str, Any]:
    """An import as a line of the list."""
    return {
        "name": found.name,
        "url": url_for("imports.show", import_id=found.id),
        "preset": str(LABELS[found.preset.name]),
        "at": moment(found.at),
        "by": found.by or _("Kommandoraden"),
        "state_label": term(found.state),
        "state_meaning": MEANINGS[found.state],
        **{name: number(getattr(found, name)) for name in ("created", "updated", "unchanged", "refused")},
    }


def page(
    found: Summary,
    job: Standing | None,
    actor: Actor,
    *,
    rows: Sequence[ShownRow],
    before: Mapping[int, Mapping[int, str]],
    refused: Sequence[RefusedRow],
) -> dict[str, Any]:
    """What the page of an import shows; ``before`` says what the cells of the rows would change."""
    told = progress(found, job)
    may = actor.may(found.preset.act) and told is None
    changed = found.created + found.updated
    return {
        "batch": _batch(found),
        "progress": told,
        "poll_url": url_for("imports.progress", import_id=found.id),
        "counts": _counts(found) if found.rows else [],
        "columns": [header or "" for header in found.headers],
        "rows": [_row(row, found, before.get(row.number, {})) for row in rows],
        "refused": [_refused(row, found.preset) for row in refused],
        "refused_more": _refused_more(refused),
        "refused_url": url_for("imports.refused", import_id=found.id),
        "problem": _problem(found),
        "added": list(found.added[:MOST_ADDED]),
        "added_more": max(len(found.added) - MOST_ADDED, 0),
        "unread": ", ".join(found.unread),
        "sheet": found.sheet,
        "other_sheets": ", ".join(found.other_sheets),
        "kept": [_kept(each, found.preset) for each in found.kept[:MOST_REFUSED]],
        "kept_title": _kept_title(found),
        "may_apply": may and found.state is ImportState.PREVIEWED and changed > 0,
        "apply_label": ngettext("Läs in 1 rad", "Läs in %(count)s rader", changed, count=number(changed)),
        "may_resume": may and found.state is ImportState.INTERRUPTED,
        "may_undo": may and _may_undo(found, actor),
        "undo_text": _("Det som filen ändrade tas tillbaka. Det som någon har ändrat efteråt lämnas som det är."),
    }


def progress(found: Summary, job: Standing | None) -> dict[str, Any] | None:
    """How far the work has come; None when nobody is at it and nobody is about to be."""
    if job is None and found.state not in (ImportState.STAGING, ImportState.APPLYING, ImportState.UNDOING):
        return None
    done, total = (job.done, job.total) if job else (found.row, None)
    if job is None or job.kind == STAGE:
        done, total = found.rows, None
    share = _("rad %(done)s", done=number(done)) if not total else f"{100 * done // total} %"
    return {
        "label": _label(found, job),
        "done": done,
        "total": total or 0,
        "share": share,
        "left": _left(job, done, total),
        "waits": job is not None and job.waits_in_vain,
    }


def _label(found: Summary, job: Standing | None) -> str:
    if job is not None and job.state is JobState.QUEUED:
        return _("Väntar på sin tur")
    kind = job.kind if job else ""
    if kind == STAGE or found.phase is ImportState.STAGING:
        return _("Filen läses och granskas")
    return _("Raderna läses in") if kind == APPLY or found.phase is ImportState.APPLYING else _("Importen ångras")


def _left(job: Standing | None, done: int, total: int | None) -> str:
    if job is None or job.started_at is None or not total or not done:
        return ""
    seconds = (visit.now() - job.started_at).total_seconds() * (total - done) / done
    if seconds < 60:
        return _("mindre än en minut kvar")
    return ngettext("ungefär 1 minut kvar", "ungefär %(num)s minuter kvar", round(seconds / 60))


def _batch(found: Summary) -> dict[str, Any]:
    return {
        "id": found.id,
        "name": found.name,
        "preset": str(LABELS[found.preset.name]),
        "at": moment(found.at),
        "by": found.by or _("Kommandoraden"),
        "digest": found.sha256,
        "file_url": url_for("imports.file", import_id=found.id) if may_read(found, visit.actor()) else "",
        "state": found.state.value,
        "state_label": term(found.state),
        "state_meaning": MEANINGS[found.state],
    }


def _counts(found: Summary) -> list[dict[str, str]]:
    undone = found.state is ImportState.UNDONE
    labels = (
        ("created", _("Skapades") if undone else _("Nya"), "" if undone else "done"),
        ("updated", _("Ändrades") if undone else _("Ändrade"), "" if undone else "info"),
        ("unchanged", _("Oförändrade"), ""),
        ("refused", _("Avvisade"), "stop" if found.refused else ""),
    )
    return [
        {"number": number(getattr(found, name)), "label": label, "meaning": meaning} for name, label, meaning in labels
    ]


def _row(row: ShownRow, found: Summary, before: Mapping[int, str]) -> dict[str, Any]:
    cells = [
        {"text": _short(cell), "before": _short(worded(before[at]) or "") if at in before else ""}
        for at, cell in enumerate(row.cells)
    ]
    return {
        "row": row.number,
        "state": row.verdict.value,
        "state_label": _verdict(row.verdict, found.state),
        "url": address(row.tag) if row.tag else "",
        "cells": cells[: len(found.headers)],
    }


def _short(text: str) -> str:
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…"


def _verdict(verdict: RowVerdict, state: ImportState) -> str:
    """What happens to a row, or what did: before the file is read in nothing has happened yet."""
    coming = {RowVerdict.CREATED: _("Skapas"), RowVerdict.UPDATED: _("Ändras"), RowVerdict.UNCHANGED: _("Ändras inte")}
    return coming.get(verdict, term(verdict)) if state is ImportState.PREVIEWED else term(verdict)


def _refused(row: RefusedRow, preset: Preset) -> dict[str, Any]:
    column = preset.header(row.column).label(language())
    return {"row": row.row, "column": column, "value": row.value, "reason": sentence(row.reason)}


def _refused_more(shown: Sequence[RefusedRow]) -> str:
    if len(shown) < MOST_REFUSED:
        return ""
    return _("Här visas de första %(count)s felen. Hämta filen för att se alla.", count=MOST_REFUSED)


def _problem(found: Summary) -> str:
    if found.state is ImportState.FAILED:
        return sentence(found.fault) if found.fault else ""
    if found.state is not ImportState.INTERRUPTED:
        return ""
    if found.phase is ImportState.UNDOING:
        return _("Ångrandet stannade efter %(count)s ändringar. Fortsätt, så tas resten tillbaka.", count=found.undone)
    if found.phase is ImportState.STAGING:
        return _("Läsningen stannade vid rad %(row)s. Inget är ändrat i registret.", row=found.row)
    return _("Avbruten vid rad %(row)s. Raderna före den är inlästa, ingen rad är halv.", row=found.row)


def _kept(kept: dict[str, Any], preset: Preset) -> dict[str, str]:
    if kept.get("columns"):
        columns = ", ".join(preset.header(name).label(language()) for name in kept["columns"])
        return {"tag": kept.get("tag") or "", "why": _("ändrat sedan dess: %(columns)s", columns=columns)}
    if kept.get("happened") == "used":
        return {"tag": kept.get("tag") or "", "why": _("personen används av en enhet eller står i historiken")}
    return {"tag": kept.get("tag") or "", "why": _("något annat har hänt med enheten sedan dess")}


def _kept_title(found: Summary) -> str:
    return ngettext("1 sak lämnades som den är", "%(num)s saker lämnades som de är", found.kept_count)


def _may_undo(found: Summary, actor: Actor) -> bool:
    if found.preset is OUTCOMES and not actor.may(Act.REVERSE_OUTCOMES):
        return False
    if found.state is ImportState.INTERRUPTED:
        return found.phase is ImportState.APPLYING
    return found.state is ImportState.DONE and found.created + found.updated > 0
