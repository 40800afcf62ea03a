"""A blank label in the hand: which device it sits on, and what becomes of a label that sat there already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from assetreg.db.session import ScopedSession
from assetreg.domain.access import Act
from assetreg.domain.errors import Conflict, Invalid, Missing
from assetreg.domain.identifiers import is_token, printed_token
from assetreg.domain.terms import LabelState
from assetreg.services import device_form, devices, identity, label_address, label_binding
from assetreg.web import device_find, device_shown, list_empty, visit
from assetreg.web.attempts import Done, Refused, attempt, sent
from assetreg.web.visit import needs, reading

KEEP, REPLACE = "keep", "replace"


class CodeUnknown(Invalid):
    code = "bind_code_unknown"
    message = "Ingen enhet stämmer med {typed}. Läs av koden en gång till, eller registrera enheten som ny."


class SeveralMeant(Conflict):
    """The code means several devices; one has to be chosen."""

    code = "bind_several"
    message = "Koden stämmer på fler än en enhet."

    def __init__(self, tags: Sequence[str]) -> None:
        self.tags = list(tags)
        super().__init__()


class AlreadyLabelled(Conflict):
    """The device has labels; it has to be said what becomes of them."""

    code = "bind_labelled"
    message = "Enheten har redan en etikett."

    def __init__(self, tag: str, tokens: Sequence[str]) -> None:
        self.tag, self.tokens = tag, list(tokens)
        super().__init__()


def blank_page(token: str, values: Mapping[str, str] | None = None, error: str = "") -> str:
    """The question which device a blank label sits on; who may not bind labels is told only what it is."""
    typed = (values or {}).get("code", "").strip()
    return render_template(
        "public/blank_label.html",
        token=printed_token(token),
        plain_token=token,
        may_bind=visit.actor().may(Act.EDIT_DEVICES),
        values=values or {},
        errors={"code": error} if error else {},
        new_url=url_for("devices.new", serial=typed or None, etikett=token),
    )


@needs(Act.EDIT_DEVICES)
def bind(token: str) -> Any:
    values, wanted = sent(), _blank_or_bound(token)

    def work(session: ScopedSession) -> Done:
        tag = values.get("tag") or _meant(session, values.get("code", ""))
        device = devices.lock(session, tag)
        old = [label for label in label_binding.attached(session, device) if label.token != wanted]
        if old and values.get("old") not in (KEEP, REPLACE):
            raise AlreadyLabelled(tag, [printed_token(label.token) for label in old])
        replaces = old if values.get("old") == REPLACE else ()
        label_binding.bind(session, device, wanted, replaces=replaces, actor=visit.actor())
        return Done(url_for("devices.find", satt=wanted), ())

    return attempt(work, lambda refused: _again(wanted, values, refused))


@needs(Act.EDIT_DEVICES)
def release(token: str) -> Any:
    """Takes back what was just bound; the label is blank again."""
    wanted = _known(token).token

    def work(session: ScopedSession) -> Done:
        tag = label_binding.release(session, wanted, actor=visit.actor())
        said = _("Ångrat: %(token)s sitter inte längre på %(tag)s.", token=printed_token(wanted), tag=tag)
        return Done(url_for("public.label", token=wanted), (("done", said),))

    def again(refused: Refused) -> Any:
        flash(" ".join(refused.errors.values()), "attention")
        return redirect(url_for("public.label", token=wanted), 303)

    return attempt(work, again)


def _known(token: str) -> label_address.Lead:
    """Raises Missing for a label that is not there for the caller."""
    if not is_token(token.upper()):
        raise Missing
    with reading() as session:
        lead = label_address.follow(session, token)
    if lead is None:
        raise Missing
    return lead


def _blank_or_bound(token: str) -> str:
    lead = _known(token)
    if lead.state not in (LabelState.BLANK, LabelState.ATTACHED):
        raise Missing
    return lead.token


def _meant(session: ScopedSession, typed: str) -> str:
    """The tag of the one device a code means."""
    code = typed.strip()
    if not code:
        raise CodeLacking(field="code")
    found = identity.find(session, code, hosts=device_find.hosts())
    if len(found) > 1:
        raise SeveralMeant([device.tag for device in found])
    if not found:
        raise CodeUnknown(field="code", typed=code)
    return found[0].tag


class CodeLacking(Invalid):
    code = "bind_code_lacking"
    message = "Skanna eller skriv vilken enhet etiketten sitter på."


def _again(token: str, values: Mapping[str, str], refused: Refused) -> Any:
    refusal = refused.refusal
    if isinstance(refusal, SeveralMeant):
        return _choose(token, values, refusal.tags)
    if isinstance(refusal, AlreadyLabelled):
        return _ask(token, refusal)
    sentence = " ".join(refused.errors.values())
    typed = values.get("code", "")
    return blank_page(token, values, list_empty.misread(typed) or sentence)


def _choose(token: str, values: Mapping[str, str], tags: Sequence[str]) -> tuple[str, int]:
    with reading() as session:
        forms = [device_form.read(session, devices.get(session, tag), actor=visit.actor()) for tag in tags]
    rows = [device_find.choice(form) | {"tag": form.tag} for form in forms]
    bind = {"url": url_for("devices.bind_label", token=token), "token": printed_token(token)}
    return render_template("devices/several.html", typed=values.get("code", ""), rows=rows, bind=bind), 200


def _ask(token: str, refusal: AlreadyLabelled) -> tuple[str, int]:
    with reading() as session:
        form = device_form.read(session, devices.get(session, refusal.tag), actor=visit.actor())
    return render_template(
        "devices/label_kept.html",
        token=printed_token(token),
        url=url_for("devices.bind_label", token=token),
        back_url=url_for("public.label", token=token),
        device=device_shown.subject(form),
        old=refusal.tokens,
    ), 200
