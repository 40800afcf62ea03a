"""What an administrator does about one person's data: takes out all of it, or forgets who it was."""

from __future__ import annotations

from tempfile import SpooledTemporaryFile
from typing import IO, Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from assetreg.domain.access import EVERYTHING, Act
from assetreg.domain.errors import Denied, Missing, Refusal
from assetreg.domain.sentences import Phrase
from assetreg.domain.terms import Term
from assetreg.outputs import formats as outputs
from assetreg.services import person_list, persons, pseudonymising, register_extract
from assetreg.services.person_list import PersonRow
from assetreg.services.pseudonymising import Foreseen
from assetreg.services.register_extract import Extract, ExtractPart, Fact
from assetreg.web import languages, person_shown, visit
from assetreg.web.exports import IN_MEMORY
from assetreg.web.formats import day, moment, number, term
from assetreg.web.visit import needs, reading, whole_transaction


class WholeScopeNeeded(Denied):
    code = "persons_whole_scope_needed"
    message = (
        "Det en person nämns i kan tillhöra vem som helst, så det här görs av en administratör som ser alla kommuner."
    )


@needs(Act.ADMINISTER)
def extract(person_id: int) -> Any:
    found = _extract(person_id)
    parts = [{"title": term(part), "facts": [_fact(fact) for fact in found.of(part)]} for part in ExtractPart]
    return render_template(
        "persons/extract.html",
        person=person_shown.head(found.person),
        parts=parts,
        searched=register_extract.SEARCHED,
        files=[
            {"label": ending.upper(), "url": url_for("persons.download", person_id=person_id, ending=ending)}
            for ending in outputs.MEDIA_TYPES
        ],
    )


@needs(Act.ADMINISTER)
def download(person_id: int, ending: str) -> Any:
    """Raises UnknownFormat. The reading is in the log before anything is sent."""
    if ending not in outputs.MEDIA_TYPES:
        raise outputs.UnknownFormat(field="format", value=ending, known=list(outputs.MEDIA_TYPES))
    found = _extract(person_id)
    spool: IO[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
    with spool:
        outputs.write(ending, found.sheet(), spool, about=found.about(actor=visit.actor()))
        spool.seek(0)
        response = Response(spool.read(), content_type=outputs.MEDIA_TYPES[ending])
    name = f"registerutdrag-{person_id}-{day(visit.now())}.{ending}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@needs(Act.ADMINISTER)
def forget(person_id: int) -> Any:
    return _forget_page(person_id, {}, {})


@needs(Act.ADMINISTER)
def do_forget(person_id: int) -> Any:
    _seen(person_id)
    stated = {name: request.form.get(name, "") for name in ("reason", "sure")}
    version = request.form.get("version", type=int)
    try:
        if not stated["sure"]:
            raise pseudonymising.NotConfirmed(field="sure")
        cleared = pseudonymising.pseudonymise(
            visit.served().database,
            person_id,
            reason=stated["reason"],
            actor=visit.actor(),
            version=-1 if version is None else version,
        )
    except (Denied, Missing):
        raise
    except Refusal as refusal:
        return _forget_page(person_id, stated, languages.form_errors(refusal)), languages.status_of(refusal)
    said = _(
        "Personen är pseudonymiserad. Rensat: fritexter %(texts)s, rader %(rows)s, inlästa filer %(files)s.",
        **{name: number(count) for name, count in cleared.items()},
    )
    flash(said, "done")
    return redirect(url_for("persons.show", person_id=person_id), 303)


def _extract(person_id: int) -> Extract:
    _seen(person_id)
    with whole_transaction() as session:
        return register_extract.read(session, person_id, actor=visit.actor())


def _seen(person_id: int) -> PersonRow:
    """The person, by an administrator of everything. Raises WholeScopeNeeded or Missing."""
    if not visit.scope().everything:
        raise WholeScopeNeeded
    with reading() as session:
        row = person_list.one(session, person_id, actor=visit.actor())
    if row is None:
        raise Missing
    return row


def _forget_page(person_id: int, values: dict[str, str], errors: dict[str, str]) -> str:
    row = _seen(person_id)
    with reading(EVERYTHING) as session:
        foreseen = pseudonymising.foresee(session, persons.get(session, person_id))
    return render_template(
        "persons/forget.html",
        person=person_shown.head(row),
        held=list(foreseen.held),
        consequences=_consequences(foreseen),
        version=row.version,
        values=values,
        errors=errors,
    )


def _consequences(foreseen: Foreseen) -> list[str]:
    found = [
        _("Namn, e-post och nummer tas bort. Historiken står kvar och visar ”Tidigare användare”."),
        _(
            "Det som nämner personen rensas. Fritexter: %(texts)s, rader i inlästa filer: %(rows)s.",
            texts=number(foreseen.texts),
            rows=number(foreseen.rows),
        ),
    ]
    if foreseen.files:
        names = ", ".join(dict.fromkeys(foreseen.files))
        found.append(_("De här inlästa filerna tas bort, utom partnernas rapporter: %(names)s.", names=names))
    found.append(_("Säkerhetskopior och filer som någon har hämtat ut påverkas inte."))
    return found


def _fact(fact: Fact) -> dict[str, str]:
    when = moment(fact.at)
    if fact.part is ExtractPart.DEVICES:
        when = f"{day(fact.at)}\u2013{day(fact.until)}"
    return {"what": _word(fact.what), "value": fact.value, "when": when}


def _word(what: str) -> str:
    """Our words in the reader's language, data as it is."""
    if isinstance(what, Term):
        return term(what)
    return _(what) if isinstance(what, Phrase) else what
