"""Whether the process lives and whether it can do its work, for what watches over it."""

from __future__ import annotations

import logging
from typing import Any

from flask import Blueprint, Response, current_app
from sqlalchemy.exc import SQLAlchemyError

from assetreg.domain.access import NOTHING
from assetreg.domain.errors import Refusal
from assetreg.services import readiness
from assetreg.web.visit import open_to_all, served

log = logging.getLogger("assetreg.web")
blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@open_to_all
def alive() -> Any:
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
@open_to_all
def ready() -> Any:
    """What is wrong is a sentence without addresses or names: anyone may ask."""
    if current_app.extensions.get("assetreg.stopping", bool)():
        return Response("Servern är på väg att sluta.\n", status=503, mimetype="text/plain")
    try:
        with served().database.reading(NOTHING) as session:
            readiness.check(session)
    except Refusal as refusal:
        return Response(f"{refusal.sentence()}\n", status=503, mimetype="text/plain")
    except SQLAlchemyError as error:
        log.error("the database does not answer", exc_info=error)
        return Response("Databasen svarar inte.\n", status=503, mimetype="text/plain")
    return Response("ok\n", mimetype="text/plain")
