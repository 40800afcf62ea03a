"""The square on a label: the label's address as a QR code (ISO/IEC 18004), drawn as SVG.

The scheme stays in lower case, for many phones do not open ``HTTPS://``; all after it is in capitals and goes
in an alphanumeric segment of its own, which makes the symbol four modules narrower at the same strength.
"""

from __future__ import annotations

import re
from html import escape
from typing import Final

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode
from qrcode.util import QRData

MODE_ALPHA_NUM: Final = 2
MODE_8BIT_BYTE: Final = 4
QUIET_ZONE = 4
"""Light modules that must surround the symbol on every side."""

_ADDRESS = re.compile(r"(https?://)([0-9A-Z $%*+\-./:]+)")


def label_address(origin: str, token: str) -> str:
    """``https://IT.KOMMUN.SE/T/7K3M9Q2P`` for an origin such as ``https://it.kommun.se``."""
    scheme, _, host = origin.rstrip("/").partition("://")
    return f"{scheme.lower()}://{host.upper()}/T/{token.upper()}"


def qr_svg(url: str) -> str:
    """The address as an SVG picture, black on white with its quiet zone, error correction M.

    Raises ValueError for an address that is not one of ``label_address``.
    """
    rows = _modules(url)
    side = len(rows) + 2 * QUIET_ZONE
    runs = "".join(_runs(row, y + QUIET_ZONE) for y, row in enumerate(rows))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {side} {side}" shape-rendering="crispEdges" '
        f'aria-label="{escape(url)}"><rect width="{side}" height="{side}" fill="#fff"/>'
        f'<path d="{runs}" fill="#000"/></svg>'
    )


def _modules(url: str) -> list[list[bool]]:
    found = _ADDRESS.fullmatch(url)
    if found is None:
        raise ValueError(url)
    code = QRCode(error_correction=ERROR_CORRECT_M, border=0)
    code.add_data(QRData(found[1], mode=MODE_8BIT_BYTE))
    code.add_data(QRData(found[2], mode=MODE_ALPHA_NUM))
    code.make()
    return [[bool(module) for module in row] for row in code.get_matrix()]


def _runs(row: list[bool], y: int) -> str:
    """The dark modules of a row, neighbours as one rectangle."""
    path, start = "", None
    for x, dark in enumerate([*row, False]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            path += f"M{start + QUIET_ZONE} {y}h{x - start}v1h-{x - start}z"
            start = None
    return path
