"""The change feed: everything that happens to devices, in an order that can be followed without missing any."""

from __future__ import annotations

from typing import Any

from assetreg.api import calls
from assetreg.api.calls import reading
from assetreg.api.operations import Operation, Reply
from assetreg.domain.access import Act
from assetreg.schemas.device_request import FeedQuery
from assetreg.services import history_pages, paging
from assetreg.services.history_pages import Happening


def list_events(*, asked: dict[str, Any]) -> Reply:
    with reading() as session:
        found = history_pages.following(
            session, after=asked.get("after", 0), limit=asked.get("limit", paging.PAGE), actor=calls.actor()
        )
    items = [_item(row) for row in found.rows]
    following = f"/api/v1/events?after={found.after}" if found.more else None
    return Reply({"items": items, "next": following, "after": found.after})


def _item(row: Happening) -> dict[str, Any]:
    return {
        "id": row.id,
        "tag": row.tag,
        "owner": row.owner,
        "seq": row.seq,
        "at": row.at.isoformat(),
        "on": row.on,
        "kind": row.kind,
        "door": row.door.value,
        "actor": row.actor,
        "act": row.change,
        "reverses": row.reverses,
        "fields": list(row.fields),
        "stage": row.stage,
    }


OPERATIONS = [
    Operation(
        *("GET", "/events", list_events, Act.READ_DEVICES, "Ändringsflöde", "Feed"),
        query=FeedQuery,
        description="Följ registret genom att spara after ur svaret och skicka det nästa gång. En händelse kommer "
        "en gång och i ordning, först när ingen tidigare kan tillkomma.",
    ),
]
