"""Money and shares in decimal, and the one rounding rule: half up, to the unit shown."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)

THOUSANDS = "\u00a0"
"""A no-break space between the thousands, so that a number never breaks over two lines."""

MINUS = "\u2212"


def rounded(value: Decimal | Fraction | int, *, decimals: int = 0) -> Decimal:
    """The value half up to so many decimals; half of a negative value is rounded away from zero."""
    exact = Fraction(value) * 10**decimals
    whole = (abs(exact) + Fraction(1, 2)).__floor__()
    return Decimal(whole if exact >= 0 else -whole).scaleb(-decimals).quantize(Decimal(1).scaleb(-decimals))


def kronor(value: Decimal) -> Decimal:
    """An amount in whole kronor."""
    return rounded(value)


def ore(value: Decimal) -> Decimal:
    """An amount in kronor with öre, as it is stored."""
    return rounded(value, decimals=2)


def tkr(value: Decimal) -> int:
    """An amount in kronor, as whole thousands of kronor."""
    return int(rounded(Fraction(value) / 1000))


def one_decimal(share: Decimal | Fraction) -> str:
    """A percentage as figures carry it: one decimal and a point, ``81.0``."""
    return str(rounded(share, decimals=1))


def percent(part: int | Decimal, whole: int | Decimal | None) -> str | None:
    """100 * part / whole with one decimal, or None where there is no whole to be part of."""
    if whole is None or whole == 0:
        return None
    return one_decimal(Fraction(part) / Fraction(whole) * 100)


def swedish_number(value: Decimal | int, *, decimals: int = 0) -> str:
    """The number as Swedish texts print it, ``1 234,5``, with no-break spaces and a true minus sign."""
    shown = rounded(value, decimals=decimals)
    text = f"{abs(shown):,f}".replace(",", THOUSANDS).replace(".", ",")
    return MINUS + text if shown < 0 else text


def largest_remainder(total: int, weights: Mapping[Key, Decimal | int]) -> dict[Key, int]:
    """The total in whole parts after the weights, which sum to it exactly.

    What rounding down leaves goes to the largest remainders; equal ones in the order given. Raises
    ValueError for a negative weight or when all are zero.
    """
    whole = sum((Fraction(w) for w in weights.values()), Fraction(0))
    if whole <= 0 or any(w < 0 for w in weights.values()):
        raise ValueError(weights)
    exact = {key: Fraction(weight) * abs(total) / whole for key, weight in weights.items()}
    parts = {key: share.__floor__() for key, share in exact.items()}
    left = abs(total) - sum(parts.values())
    for key in sorted(exact, key=lambda k: parts[k] - exact[k])[:left]:
        parts[key] += 1
    return parts if total >= 0 else {key: -part for key, part in parts.items()}


def rounding_gap(total_shown: int, rows_shown: list[int]) -> int:
    """How much the rounded rows miss the rounded total by; it is printed when it is not zero."""
    return total_shown - sum(rows_shown)
