"""What a person at a page asks of an import: each puts a job in the queue and changes nothing itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import BinaryIO

from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act, Actor
from assetreg.domain.terms import ImportState
from assetreg.services import jobs, uploads
from assetreg.services.imports import holding, presets, staging
from assetreg.services.imports.presets import OUTCOMES
from assetreg.services.imports.refusals import ImportBusy, ImportNotReady
from assetreg.services.jobs import Standing
from assetreg.sources.mapping_file import FileMapping
from assetreg.sources.rows import DEFAULT

STAGE, APPLY, TAKE_IN, UNDO = "import.stage", "import.apply", "import.take_in", "import.undo"
KIND_OF = {ImportState.STAGING: STAGE, ImportState.APPLYING: APPLY, ImportState.UNDOING: UNDO}


def read_in(
    session: ScopedSession,
    stream: BinaryIO,
    preset: str,
    *,
    name: str,
    actor: Actor,
    mapping: FileMapping | None = None,
    given: Mapping[str, str] | None = None,
    file_date: date | None = None,
    applies: bool = False,
    largest: int = DEFAULT.csv_bytes,
) -> int:
    """Keeps the file and asks for it to be read; gives the import's id. Raises what keeping and beginning raise.

    ``applies`` asks for what was read to be applied at once, without anyone looking at it in between.
    ``largest`` is the size in bytes of the largest file that is taken.
    """
    presets.preset(preset)
    upload = uploads.receive(session, stream, name=name, limit=largest, at=actor.at)
    batch = staging.begin(session, upload, preset, actor=actor, mapping=mapping, given=given, file_date=file_date)
    jobs.enqueue(session, TAKE_IN if applies else STAGE, {"import": batch.id}, actor=actor)
    return batch.id


def apply(session: ScopedSession, import_id: int, *, actor: Actor) -> None:
    """Asks for an import to be applied, or for an interrupted one to go on.

    Raises Denied, ImportNotReady or ImportBusy.
    """
    batch = holding.lock(session, import_id)
    actor.require(presets.preset(batch.preset).act)
    state = holding.state_at(batch, actor.at)
    if state not in (ImportState.PREVIEWED, ImportState.INTERRUPTED):
        raise ImportBusy if state in holding.AT_WORK else ImportNotReady(state=state)
    jobs.enqueue(session, KIND_OF.get(batch.state, APPLY), {"import": import_id}, actor=actor)


def undo(session: ScopedSession, import_id: int, *, actor: Actor) -> None:
    """Asks for an import to be undone. Raises Denied, ImportNotReady, ImportBusy."""
    batch = holding.lock(session, import_id)
    actor.require(presets.preset(batch.preset).act)
    if batch.preset == OUTCOMES.name:
        actor.require(Act.REVERSE_OUTCOMES)
    state = holding.state_at(batch, actor.at)
    if state in holding.AT_WORK or standing(session, import_id, actor=actor) is not None:
        raise ImportBusy
    if state is not ImportState.DONE and (state is not ImportState.INTERRUPTED or batch.change_id is None):
        raise ImportNotReady(state=state)
    jobs.enqueue(session, UNDO, {"import": import_id}, actor=actor)


def standing(session: ScopedSession, import_id: int, *, actor: Actor) -> Standing | None:
    """The job that is waiting for the import or at work on it."""
    found = [jobs.standing(session, kind, {"import": import_id}, at=actor.at) for kind in (STAGE, APPLY, TAKE_IN, UNDO)]
    return next((each for each in found if each is not None), None)
