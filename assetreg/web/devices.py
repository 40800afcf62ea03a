"""The addresses of devices: which view answers where."""

from __future__ import annotations

from flask import Blueprint, request

from assetreg.domain.errors import Missing
from assetreg.web import (
    device_bulk,
    device_conflict,
    device_find,
    device_forms,
    device_labels,
    device_list,
    device_moves,
    device_outcomes,
    device_page,
    device_second_life,
    device_swaps,
    device_transfers,
    label_binding,
)

blueprint = Blueprint("devices", __name__, url_prefix="/enheter")


@blueprint.before_request
def check_tag() -> None:
    """No tag holds what cannot be seen, and not every database takes it in a question."""
    if not (request.view_args or {}).get("tag", "").isprintable():
        raise Missing


_GET = (
    ("", "index", device_list.index),
    ("/sok", "find", device_find.find),
    ("/ny", "new", device_forms.new),
    ("/flera/<int:act_id>", "bulk_done", device_bulk.done),
    ("/<path:tag>", "show", device_page.show),
    ("/<path:tag>/historik", "history", device_page.history),
    ("/<path:tag>/andra", "edit", device_forms.edit),
    ("/<path:tag>/steg/<move>", "move", device_moves.form),
    ("/<path:tag>/nytt-liv", "second_life", device_second_life.form),
    ("/<path:tag>/byt", "swap", device_swaps.form),
    ("/<path:tag>/byt-agare", "transfer", device_transfers.form),
    ("/<path:tag>/etikett", "label", device_labels.show),
    ("/<path:tag>/utfall", "outcome", device_outcomes.form),
)
_POST = (
    ("/ny", "add", device_forms.add),
    ("/flera", "bulk", device_bulk.choose),
    ("/flera/gor", "bulk_do", device_bulk.do),
    ("/sok/etikett/<token>", "bind_label", label_binding.bind),
    ("/sok/etikett/<token>/angra", "release_label", label_binding.release),
    ("/<path:tag>/andra", "save", device_conflict.save),
    ("/<path:tag>/steg/<move>", "do_move", device_moves.do),
    ("/<path:tag>/nytt-liv", "do_second_life", device_second_life.do),
    ("/<path:tag>/byt", "do_swap", device_swaps.do),
    ("/<path:tag>/byt-agare", "do_transfer", device_transfers.do),
    ("/<path:tag>/etikett/koppla", "attach_label", device_labels.attach),
    ("/<path:tag>/etikett/ersatt", "replace_label", device_labels.replace),
    ("/<path:tag>/etikett/makulera", "void_label", device_labels.void),
    ("/<path:tag>/utfall", "register_outcome", device_outcomes.register),
)
# A tag of an older register can hold a slash, so a tag is a path; the longer addresses are matched first.
for _rules, _method in ((_GET, "GET"), (_POST, "POST")):
    for _rule, _endpoint, _view in _rules:
        blueprint.add_url_rule(_rule, _endpoint, _view, methods=[_method])
