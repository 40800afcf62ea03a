"""The few marks a chart is made of, as SVG text. Every word is escaped here."""

from __future__ import annotations

from decimal import Decimal
from html import escape

Number = int | Decimal

NO_BREAK_SPACE = "\u00a0"
CHARACTER_WIDTH = 7.4


def text_width(words: str) -> float:
    """About how wide the words become at the charts' 13 units, in the drawing's units."""
    return CHARACTER_WIDTH * len(words)


def text(x: float, y: float, words: str, look: str, *, anchor: str = "start") -> str:
    extra = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text x="{x:.1f}" y="{y:.1f}"{extra}{_look(look)}>{escape(words)}</text>'


def rect(x: float, y: float, width: float, height: float, look: str, *, fill: str = "") -> str:
    extra = f' fill="{escape(fill)}"' if fill else ""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"{extra}{_look(look)}/>'


def line(x1: float, y1: float, x2: float, y2: float, look: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"{_look(look)}/>'


def link(url: str, body: str) -> str:
    """What leads on when it is pressed; its words are its name for who hears the drawing."""
    return f'<a class="c-link" href="{escape(url)}">{body}</a>'


def _look(look: str) -> str:
    return f' class="{escape(look)}"' if look else ""


def drawing(title: str, body: str, *, ident: str, desc: str, size: tuple[int, float], linked: bool = False) -> str:
    """A picture, or a group where parts of it lead on, for what is inside a picture nobody can reach."""
    mark, role = escape(ident), "group" if linked else "img"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="{role}" viewBox="0 0 {size[0]} {size[1]:.0f}" '
        f'aria-labelledby="{mark}-title {mark}-desc"><title id="{mark}-title">{escape(title)}</title>'
        f'<desc id="{mark}-desc">{escape(desc)}</desc>{body}</svg>'
    )
