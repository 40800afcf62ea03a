"""Charts as SVG text: figures in, one self-contained, accessible drawing out.

Colours come from static/css/charts.css by class, so a drawing follows the reader's theme, prints, and passes a content
security policy without inline style. Every word a reader sees is an argument, in the reader's language; a title says
what the figures show, a description what is drawn. Lengths are in the drawing's own units, 400 wide unless said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from math import ceil

from assetreg.domain.money import swedish_number
from assetreg.outputs.svg import NO_BREAK_SPACE, Number, drawing, line, link, rect, text, text_width

OWNER_CODES = frozenset({"1814", "1860", "1861", "1882", "GEM"})
LABEL_HEIGHT = 15.0
PLOT_TOP = 22.0
PLOT_HEIGHT = 170.0


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a whole. ``code`` is reuse, parts, recycling, internal or rest, or an owner's code in a wave."""

    code: str
    label: str
    value: Number


@dataclass(frozen=True, slots=True)
class YearFigure:
    """One year's headline with its parts; a year known only as a total has no parts and is hatched."""

    label: str
    headline: Number
    parts: tuple[Part, ...] = ()
    target: Number | None = None
    totals_only: bool = False


@dataclass(frozen=True, slots=True)
class OwnerFigure:
    """One owner's figure, with its target if it has one."""

    code: str
    label: str
    value: Number
    target: Number | None = None


@dataclass(frozen=True, slots=True)
class WaveYear:
    """One year of the replacement wave: a part for each owner, the budget in the same unit, and where it leads."""

    label: str
    parts: tuple[Part, ...]
    budget: Number | None = None
    url: str = ""

    @property
    def total(self) -> Number:
        return sum((part.value for part in self.parts), start=0)


def stacked_years(
    title: str,
    years: Sequence[YearFigure],
    *,
    ident: str,
    desc: str,
    target_label: str,
    totals_label: str,
    chosen: int | None = None,
    width: int = 400,
) -> str:
    """A column a year: headline above, parts stacked, target across; the parts of the year ``chosen`` are named beside.

    ``chosen`` is its place among the years, the last where none is given; its column is marked. ``ident`` is unique on
    the page. ``totals_label`` explains the hatching and is drawn only when a year needs it.
    """
    if not years:
        return ""
    right = 118.0 if any(year.parts for year in years) else 10.0
    scale = _Columns(len(years), _top(_year_heights(years)), left=38.0, right=width - right)
    body = [scale.mark(chosen)] if chosen is not None else []
    body += [scale.axis(), _row_label(target_label, 2) if any(year.target is not None for year in years) else ""]
    for index, year in enumerate(years):
        body.append(_year_column(scale, index, year, ident=ident, chosen=index == chosen))
    body.append(_names_beside(scale, years, len(years) - 1 if chosen is None else chosen))
    height = PLOT_TOP + PLOT_HEIGHT + 46
    if any(year.totals_only for year in years):
        body.append(_hatch_note(ident, totals_label, y=height))
        height += 22
    return drawing(title, "".join(body), ident=ident, desc=desc, size=(width, height))


def bars_by_owner(
    title: str, owners: Sequence[OwnerFigure], *, ident: str, desc: str, of_label: str, width: int = 400
) -> str:
    """A bar an owner, all to one scale, on a track as long as its target; figure and target stand at the right edge.

    ``of_label`` is the word between the two: ``128 av 200``.
    """
    if not owners:
        return ""
    left = max(text_width(owner.label) for owner in owners) + 12
    written = [_owner_text(owner, of_label) for owner in owners]
    top = max([owner.value for owner in owners] + [owner.target or 0 for owner in owners] + [1])
    unit = (width - left - max(map(text_width, written)) - 12) / float(top)
    body = ""
    for row, owner in enumerate(owners):
        body += _owner_bar(row, owner, left=left, unit=unit)
        body += text(width, 34.0 * row + 22, written[row], "c-strong", anchor="end")
    return drawing(title, body, ident=ident, desc=desc, size=(width, 34.0 * len(owners) + 4))


def wave(
    title: str,
    years: Sequence[WaveYear],
    *,
    ident: str,
    desc: str,
    budget_label: str,
    empty_label: str,
    width: int = 400,
) -> str:
    """The replacement wave: a column a year stacked by owner, the total above, the budget as a dashed line across.

    A year without anything due carries ``empty_label``, never a bare 0.
    """
    if not years:
        return ""
    heights = [year.total for year in years] + [year.budget or 0 for year in years]
    scale = _Columns(len(years), _top(heights), left=52.0, right=width - 6.0)
    body = [scale.axis(), _row_label(budget_label, 2) if any(year.budget is not None for year in years) else ""]
    body.extend(_wave_column(scale, index, year, empty_label) for index, year in enumerate(years))
    legend, rows = _legend(_owners_of(years), y=PLOT_TOP + PLOT_HEIGHT + 62, width=width)
    height = PLOT_TOP + PLOT_HEIGHT + 50 + 22 * rows
    linked = any(year.url for year in years)
    return drawing(title, "".join(body) + legend, ident=ident, desc=desc, size=(width, height), linked=linked)


def parts_bar(title: str, parts: Sequence[Part], *, ident: str, desc: str, width: int = 400) -> str:
    """One whole as a strip of its parts, in the order given; nothing when the whole is nothing."""
    total = sum((part.value for part in parts), start=0)
    if total <= 0:
        return ""
    body, x = "", 0.0
    for part in parts:
        length = width * float(part.value) / float(total)
        if length > 0:
            body += rect(x, 0, length, 16, f"c-{part.code} c-part")
        x += length
    return drawing(title, body, ident=ident, desc=desc, size=(width, 16.0))


def share_ring(title: str, percent: Decimal | None, *, ident: str, desc: str, missing: str) -> str:
    """A share from 0 to 100 as a ring with the figure inside; over 100 the ring is full, without a share it says so."""
    drawn = min(max(percent or Decimal(0), Decimal(0)), Decimal(100))
    inside = missing if percent is None else f"{swedish_number(percent, decimals=1)}{NO_BREAK_SPACE}%"
    ring = '<circle class="c-ring {}" cx="70" cy="70" r="58" pathLength="100"{}/>'
    body = ring.format("c-ring-track", "")
    if drawn > 0:
        body += ring.format("c-ring-value", f' stroke-dasharray="{drawn} 100" transform="rotate(-90 70 70)"')
    body += text(70, 78, inside, "c-ring-text", anchor="middle")
    return drawing(title, body, ident=ident, desc=desc, size=(140, 140.0))


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where columns stand and how high a figure is."""

    count: int
    top: float
    left: float
    right: float

    def centre(self, index: int) -> float:
        return self.left + (index + 0.5) * (self.right - self.left) / self.count

    @property
    def breadth(self) -> float:
        return min(46.0, 0.66 * (self.right - self.left) / self.count)

    def y(self, value: Number) -> float:
        return PLOT_TOP + PLOT_HEIGHT * (1 - float(value) / self.top)

    def axis(self) -> str:
        return line(self.left, self.y(0), self.right, self.y(0), "c-axis")

    def mark(self, index: int) -> str:
        half = self.breadth / 2 + 7
        return rect(self.centre(index) - half, 0, 2 * half, PLOT_TOP + PLOT_HEIGHT + 44, "c-chosen")

    def across(self, index: int, value: Number, look: str) -> str:
        half = self.breadth / 2 + 5
        return line(self.centre(index) - half, self.y(value), self.centre(index) + half, self.y(value), look)


def _year_column(scale: _Columns, index: int, year: YearFigure, *, ident: str, chosen: bool) -> str:
    x, breadth = scale.centre(index) - scale.breadth / 2, scale.breadth
    body = ""
    if year.totals_only:
        height = scale.y(0) - scale.y(year.headline)
        body += rect(x, scale.y(year.headline), breadth, height, "c-hatch-ground")
        body += rect(x, scale.y(year.headline), breadth, height, "c-hatch-edge", fill=f"url(#{ident}-hatch)")
    else:
        body += _stack(scale, index, [(f"c-{part.code} c-part", part.value) for part in year.parts])
    if year.target is not None:
        body += scale.across(index, year.target, "c-target")
        body += text(scale.centre(index), _row_y(2), swedish_number(year.target), "c-muted c-small", anchor="middle")
    label_y = _clear_of(scale.y(year.headline) - 6, None if year.target is None else scale.y(year.target))
    body += text(scale.centre(index), label_y, swedish_number(year.headline), "c-strong", anchor="middle")
    return body + text(scale.centre(index), _row_y(1), year.label, "c-strong" if chosen else "", anchor="middle")


def _wave_column(scale: _Columns, index: int, year: WaveYear, empty_label: str) -> str:
    body = _stack(scale, index, [(f"c-mark {owner_class(part.code)}", part.value) for part in year.parts])
    centre = scale.centre(index)
    if year.budget is not None:
        body += scale.across(index, year.budget, "c-budget")
        body += text(centre, _row_y(2), swedish_number(year.budget), "c-muted c-small", anchor="middle")
    label_y = _clear_of(scale.y(year.total) - 6, None if year.budget is None else scale.y(year.budget))
    total = swedish_number(year.total) if year.total else empty_label
    body += text(centre, label_y, total, "c-strong" if year.total else "c-muted c-small", anchor="middle")
    body += " " + text(centre, _row_y(1), year.label, "", anchor="middle")
    return link(year.url, body) if year.url and year.total else body


def _owner_bar(row: int, owner: OwnerFigure, *, left: float, unit: float) -> str:
    y, length = 34.0 * row + 4, unit * float(owner.value)
    body = text(0, y + 18, owner.label, "")
    if owner.target is not None:
        body += rect(left, y + 4, unit * float(owner.target), 20, "c-track")
    body += rect(left, y + 4, length, 20, f"c-mark {owner_class(owner.code)}")
    if owner.target is not None:
        mark = left + unit * float(owner.target)
        body += line(mark, y + 1, mark, y + 27, "c-target")
    return body


def _owner_text(owner: OwnerFigure, of_label: str) -> str:
    value = swedish_number(owner.value)
    return value if owner.target is None else f"{value} {of_label} {swedish_number(owner.target)}"


def _stack(scale: _Columns, index: int, parts: Iterable[tuple[str, Number]]) -> str:
    body, below = "", Decimal(0)
    x = scale.centre(index) - scale.breadth / 2
    for look, value in parts:
        above = below + value
        if value > 0:
            body += rect(x, scale.y(above), scale.breadth, scale.y(below) - scale.y(above), look)
        below = above
    return body


def _names_beside(scale: _Columns, years: Sequence[YearFigure], chosen: int) -> str:
    """The parts of the chosen year with their numbers; those of a year without parts only give the colours names."""
    told = years[chosen].parts
    named = told or next((year.parts for year in reversed(years) if year.parts), ())
    x, y = scale.centre(len(years) - 1) + scale.breadth / 2 + 14, PLOT_TOP + 4
    body = text(x, y, years[chosen].label, "c-small c-strong") if told else ""
    for part in reversed([part for part in named if part.value > 0]):
        y += LABEL_HEIGHT + (18 if told else 6)
        body += rect(x, y - 9, 9, 9, f"c-{part.code}") + text(x + 14, y, part.label, "c-small")
        body += text(x + 14, y + 14, swedish_number(part.value), "c-small c-strong") if told else ""
    return body


def _legend(items: Sequence[tuple[str, str]], *, y: float, width: float) -> tuple[str, int]:
    body, x, row = "", 0.0, 0
    for look, label in items:
        needed = 16 + text_width(label) + 16
        if x > 0 and x + needed - 16 > width:
            x, row = 0.0, row + 1
        body += rect(x, y + 22 * row - 10, 11, 11, look) + text(x + 17, y + 22 * row, label, "")
        x += needed
    return body, row + 1


def _owners_of(years: Sequence[WaveYear]) -> list[tuple[str, str]]:
    seen: dict[str, str] = {}
    for year in years:
        for part in year.parts:
            seen.setdefault(part.code, part.label)
    return [(f"c-mark {owner_class(code)}", label) for code, label in seen.items()]


def owner_class(code: str) -> str:
    """The class that carries an owner's colour; owners outside the five share one."""
    return f"owner-{code if code in OWNER_CODES else 'other'}"


def _hatch_note(ident: str, label: str, *, y: float) -> str:
    pattern = (
        f'<defs><pattern id="{escape(ident)}-hatch" width="7" height="7" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><line class="c-hatch" x1="0" y1="0" x2="0" y2="7"/></pattern></defs>'
    )
    swatch = rect(0, y, 12, 12, "c-hatch-edge", fill=f"url(#{ident}-hatch)")
    return pattern + swatch + text(18, y + 11, label, "c-small c-muted")


def _clear_of(label_y: float, line_y: float | None) -> float:
    """The label moves above a line that would strike it through."""
    if line_y is not None and label_y - LABEL_HEIGHT < line_y < label_y + 5:
        return line_y - 6
    return label_y


def _year_heights(years: Sequence[YearFigure]) -> list[Number]:
    return [year.headline for year in years] + [year.target or 0 for year in years]


def _top(values: Iterable[Number]) -> float:
    return float(max(1, ceil(max(values))))


def _row_y(row: int) -> float:
    return PLOT_TOP + PLOT_HEIGHT + 1 + 18 * row


def _row_label(label: str, row: int) -> str:
    return text(0, _row_y(row), label, "c-muted c-small")
