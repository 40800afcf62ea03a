"""Ids in addresses: a number that no row can have is an address that is not there."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import IntegerConverter

LARGEST = 9 * 10**18 - 1
"""The largest number taken; id columns hold as many on both engines, up to 2**63 - 1."""


class IntegerId(IntegerConverter):
    """Stands for ``int`` in every rule: 1 to ``LARGEST``, without leading zeros.

    All of it is said by the pattern: a limit that is checked later is a 405 where another method has the address.
    """

    regex = r"[1-9][0-9]{0,17}|[1-8][0-9]{18}"


def install(app: Flask) -> None:
    """Before any page is registered."""
    app.url_map.converters["int"] = IntegerId
