from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetreg.outputs.charts import (
    OwnerFigure,
    Part,
    WaveYear,
    YearFigure,
    bars_by_owner,
    parts_bar,
    share_ring,
    stacked_years,
    wave,
)

CSS = Path(__file__).parents[2] / "static" / "css"
HOSTILE = '<script>alert("1")</script> & \u00e5\u00e4\u00f6'


def year(label: str, reuse: int, recycling: int, target: int | None = None) -> YearFigure:
    parts = (Part("reuse", "Återbruk", reuse), Part("recycling", "Återvinning", recycling))
    return YearFigure(label, reuse + recycling, parts, target)


TOTALS_ONLY = YearFigure("2023", 864, target=1100, totals_only=True)
YEARS = [year("2022", 702, 213), TOTALS_ONLY, year("2024", 300, 100, 900)]
OWNERS = [OwnerFigure("1814", "Lekeberg", 128, 200), OwnerFigure("BOLAG1", "Bolaget", 64)]
WAVE = [
    WaveYear("2027", (Part("1814", "Lekeberg", 30), Part("GEM", "Gemensamt", 10)), budget=1000),
    WaveYear("2028", (Part("1814", "Lekeberg", 0),)),
]


def draw_years(years: list[YearFigure], title: str = "Färre men bättre") -> str:
    return stacked_years(title, years, ident="c", desc="Staplar", target_label="mål", totals_label="endast totalsiffra")


def draw_wave(years: list[WaveYear], title: str = "2027 blir stort") -> str:
    return wave(title, years, ident="w", desc="Staplar", budget_label="ram", empty_label="inga")


EVERY_CHART = {
    "years": draw_years(YEARS, HOSTILE),
    "owners": bars_by_owner(HOSTILE, OWNERS, ident="o", desc=HOSTILE, of_label="av"),
    "wave": draw_wave(WAVE, HOSTILE),
    "parts": parts_bar(HOSTILE, YEARS[0].parts, ident="p", desc=HOSTILE),
    "ring": share_ring(HOSTILE, Decimal("81.0"), ident="r", desc=HOSTILE, missing="saknas"),
}


def marks(svg: str, name: str, look: str = "") -> list[dict[str, str]]:
    found = ElementTree.fromstring(svg).iter(f"{{http://www.w3.org/2000/svg}}{name}")
    return [mark.attrib for mark in found if look in mark.attrib.get("class", "").split() or not look]


def words(svg: str) -> list[str]:
    return [mark.text or "" for mark in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("svg", EVERY_CHART.values(), ids=EVERY_CHART.keys())
def test_chart_is_named_for_those_who_cannot_see_it_and_escapes_every_word(svg: str) -> None:
    drawing = ElementTree.fromstring(svg)
    named = [element.attrib["id"] for element in list(drawing)[:2]]
    assert drawing.attrib["role"] == "img"
    assert drawing.attrib["aria-labelledby"].split() == named
    assert drawing[0].text == HOSTILE
    assert "<script" not in svg


@pytest.mark.parametrize("svg", EVERY_CHART.values(), ids=EVERY_CHART.keys())
def test_chart_carries_no_inline_style_and_only_classes_the_style_sheet_knows(svg: str) -> None:
    sheet = (CSS / "charts.css").read_text(encoding="utf-8") + (CSS / "tokens.css").read_text(encoding="utf-8")
    known = set(re.findall(r"\.((?:c|owner)-[\w-]+)", sheet))
    used = {name for look in re.findall(r'class="([^"]+)"', svg) for name in look.split()}
    assert "style" not in svg
    assert used <= known


def test_columns_share_one_scale_and_parts_stack_to_the_headline() -> None:
    svg = draw_years([year("2021", 600, 200), year("2022", 300, 100)])
    reuse = [float(mark["height"]) for mark in marks(svg, "rect", "c-part") if "c-reuse" in mark["class"]]
    recycling = [float(mark["height"]) for mark in marks(svg, "rect", "c-part") if "c-recycling" in mark["class"]]
    assert reuse[0] == pytest.approx(2 * reuse[1], abs=0.2)
    assert reuse[0] + recycling[0] == pytest.approx(170, abs=0.2)


def test_year_known_only_as_a_total_is_hatched_and_explained_and_has_no_parts() -> None:
    svg = draw_years([TOTALS_ONLY])
    assert not marks(svg, "rect", "c-part")
    assert marks(svg, "rect", "c-hatch-edge")[0]["fill"] == "url(#c-hatch)"
    assert {"864", "1\u00a0100", "endast totalsiffra"} <= set(words(svg))
    assert "endast totalsiffra" not in words(draw_years([year("2022", 702, 213)]))


def test_target_is_drawn_only_for_years_that_have_one() -> None:
    assert len(marks(draw_years(YEARS), "line", "c-target")) == 2
    assert "mål" not in words(draw_years([year("2022", 702, 213)]))


def test_owner_outside_the_five_gets_the_common_colour_and_no_target_text() -> None:
    svg = bars_by_owner("t", OWNERS, ident="o", desc="d", of_label="av")
    bars = marks(svg, "rect", "c-mark")
    assert [bar["class"] for bar in bars] == ["c-mark owner-1814", "c-mark owner-other"]
    assert float(bars[0]["width"]) == pytest.approx(2 * float(bars[1]["width"]), abs=0.2)
    assert {"128 av 200", "64"} <= set(words(svg))


def test_wave_year_without_due_devices_is_said_in_words() -> None:
    assert "inga" in words(draw_wave(WAVE))
    assert "0" not in words(draw_wave(WAVE))
    assert "40" in words(draw_wave(WAVE))


def test_nothing_to_draw_draws_nothing() -> None:
    assert draw_years([]) == draw_wave([]) == bars_by_owner("t", [], ident="o", desc="d", of_label="av") == ""
    assert parts_bar("t", [Part("reuse", "Återbruk", 0)], ident="p", desc="d") == ""


@pytest.mark.parametrize(
    ("percent", "shown", "dash"),
    [(None, "saknas", None), ("0", "0,0\u00a0%", None), ("120.04", "120,0\u00a0%", "100 100")],
)
def test_ring_says_missing_and_never_runs_past_full(percent: str | None, shown: str, dash: str | None) -> None:
    share = None if percent is None else Decimal(percent)
    svg = share_ring("t", share, ident="r", desc="d", missing="saknas")
    assert words(svg) == [shown]
    assert [mark.get("stroke-dasharray") for mark in marks(svg, "circle", "c-ring-value")] == [dash] * bool(dash)


figures = st.lists(
    st.builds(
        year,
        st.sampled_from(["2021", "2022"]),
        st.integers(0, 99_999),
        st.integers(0, 9_999),
        st.none() | st.integers(1, 99_999),
    ),
    min_size=1,
    max_size=7,
)


@given(figures)
def test_every_mark_stays_inside_and_no_target_strikes_its_own_figure(years: list[YearFigure]) -> None:
    svg = draw_years(years)
    _, _, width, height = map(float, ElementTree.fromstring(svg).attrib["viewBox"].split())
    for mark in marks(svg, "rect"):
        assert float(mark["x"]) >= 0
        assert float(mark["x"]) + float(mark["width"]) <= width
        assert 0 <= float(mark["y"]) <= height - float(mark["height"])
    figures_at = {mark["x"]: float(mark["y"]) for mark in marks(svg, "text", "c-strong") if "text-anchor" in mark}
    for stroke in marks(svg, "line", "c-target"):
        centre = f"{(float(stroke['x1']) + float(stroke['x2'])) / 2:.1f}"
        if centre in figures_at:
            assert not figures_at[centre] - 11 < float(stroke["y1"]) < figures_at[centre]


def luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_owner_colours_stand_out_and_words_can_be_read_in_both_themes(theme: int) -> None:
    sheet = (CSS / "tokens.css").read_text(encoding="utf-8")
    found = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", sheet)
    colour = {name: (light, dark)[theme] for name, light, dark in found}
    owners = [name for name in colour if name.startswith("owner-")]
    assert len(owners) == 6
    assert min(contrast(colour[name], colour["surface"]) for name in owners) >= 3
    for meaning in ("done", "attention", "stop", "info"):
        assert contrast(colour[meaning], colour[f"{meaning}-soft"]) >= 4.5
        assert contrast(colour[meaning], colour["surface"]) >= 4.5
    for ground in ("bg", "surface", "surface-2", "surface-3"):
        assert contrast(colour["muted"], colour[ground]) >= 4.5
    assert contrast(colour["on-accent"], colour["accent"]) >= 4.5
    assert contrast(colour["accent-strong"], colour["accent-soft"]) >= 4.5
