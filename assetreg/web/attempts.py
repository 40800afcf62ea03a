"""A form that is sent: done and led on, or shown again with what was wrong and everything that was typed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import flash, redirect, request
from flask_babel import gettext as _

from assetreg.db.session import ScopedSession
from assetreg.domain.errors import Denied, InvalidInput, Missing, Overloaded, Refusal
from assetreg.schemas.fields import Required
from assetreg.services import device_history, devices
from assetreg.services.devices import ChangedMeanwhile
from assetreg.web import formats, languages, visit

T = TypeVar("T")

LONGEST_ECHO = 5_000
"""A value longer than this is refused by every field, and is not shown again in full."""


@dataclass(frozen=True, slots=True)
class Done:
    """Where to go, and what to say there: (meaning, sentence)."""

    url: str
    said: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """What a form is shown again with; ``changed``: the device is no longer the one the form was opened on."""

    errors: Mapping[str, str]
    status: int
    changed: bool = False
    refusal: Refusal | None = None


def attempt(work: Callable[[ScopedSession], Done], again: Callable[[Refused], Any]) -> Any:
    """Does the work in one transaction and leads on (303), or gives what ``again`` makes of the refusal.

    What concerns the whole request (a device that is not there, a role that may not) goes on to the error pages.
    """
    try:
        with visit.transaction() as session:
            done = work(session)
    except (Denied, Overloaded):
        raise
    except Missing as missing:
        if missing.field in (None, "tag"):
            raise
        return _again(again, Refused(languages.form_errors(missing), 422, refusal=missing))
    except ChangedMeanwhile as changed:
        return _again(again, Refused({"": languages.sentence(changed)}, 409, changed=True, refusal=changed))
    except Refusal as refusal:
        status = languages.status_of(refusal)
        return _again(again, Refused(languages.form_errors(refusal), status, refusal=refusal))
    for meaning, sentence in done.said:
        flash(sentence, meaning)
    return redirect(done.url, 303)


def _again(again: Callable[[Refused], Any], refused: Refused) -> Any:
    answer = again(refused)
    return answer if isinstance(answer, tuple) else (answer, refused.status)


def sent() -> dict[str, str]:
    """The form as it was sent, one value a field."""
    return {name: value[:LONGEST_ECHO] for name, value in request.form.items()}


def dated(values: Mapping[str, str], read: Callable[[Mapping[str, str]], T]) -> T:
    """The command of a form that asks for a day: an emptied day is refused beside the rest, and never means today."""
    lacking: list[Refusal] = [Required(field="date")] if not values.get("date", "-").strip() else []
    try:
        command = read(values)
    except InvalidInput as refusal:
        raise InvalidInput([*refusal.refusals, *lacking]) from refusal
    if lacking:
        raise InvalidInput(lacking)
    return command


def version() -> int:
    """The device's version that the form was opened on; a form without one is as good as out of date."""
    return request.form.get("version", type=int) or -1


def beside(errors: Mapping[str, str], fields: Collection[str]) -> dict[str, str]:
    """The errors with those of fields that the form does not have gathered at its top."""
    kept = {name: text for name, text in errors.items() if name in fields}
    whole = [text for name, text in errors.items() if name not in fields]
    return ({"": " ".join(whole)} if whole else {}) | kept


def what_happened(session: ScopedSession, tag: str) -> str:
    """The newest line of the device's history, for whoever sent a form that was opened before it."""
    actor = visit.actor()
    newest = device_history.lines(session, devices.get(session, tag), actor=actor, limit=1)
    if not newest:
        return ""
    sentence = newest[0].sentence.text(_, languages.language())
    return _("Senast: %(sentence)s %(at)s.", sentence=sentence, at=formats.moment(newest[0].at))


def changed_sentence(session: ScopedSession, tag: str) -> str:
    first = _("Enheten har ändrats sedan du öppnade sidan.")
    last = _("Läs igenom och skicka igen om det fortfarande stämmer.")
    return " ".join((first, what_happened(session, tag), last))
