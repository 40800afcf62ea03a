from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetreg.domain.cells import UnreadableDateFormat
from assetreg.sources.mapping_file import FileMapping, MappingRefused, read_mapping

FULL = """\ufeff{
 "columns": {"Serienr": "serial", "Färg": null}, "dates": "D/M/YYYY",
 "values": {"stage": {"Aktiv": "deployed"}}, "set": {"owner": "1860"}}"""


def read(text: str | bytes) -> FileMapping:
    return read_mapping(io.BytesIO(text.encode() if isinstance(text, str) else text))


def test_a_mapping_says_columns_dates_words_and_constants() -> None:
    mapping = read(FULL)
    assert mapping.columns == {"Serienr": "serial", "Färg": None}
    assert mapping.dates == "D/M/YYYY"
    assert mapping.constants == {"owner": "1860"}
    assert mapping.value("stage", " aktiv ") == "deployed"
    assert mapping.value("stage", "Lager") == "Lager"
    assert mapping.value("kind", "Aktiv") == "Aktiv"


def test_every_part_may_be_left_out() -> None:
    assert read("{}") == FileMapping()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"columns": {\n"a": "b",}}', "rad 2, tecken 10"),
        ("", "rad 1"),
        ("[]", "hela filen"),
        ("[" * 50_000, "giltig JSON"),
        ('{"columns": ["a"]}', "ska columns vara rubriker med kolumnens namn"),
        ('{"columns": {"a": 1}}', "ska columns vara"),
        ('{"values": {"stage": "deployed"}}', "ska values vara kolumner med filens ord"),
        ('{"values": {"stage": {"Aktiv": null}}}', "ska values vara"),
        ('{"set": {"owner": 1860}}', "ska set vara"),
        ('{"dates": 3}', "ska dates vara"),
        ('{"colums": {}}', "okänd del, colums. Delarna som används är: columns, dates, values, set"),
        ('{"columns": {"a": "serial", "a": "owner"}}', "Namnet a står två gånger"),
        (b'{"dates": "\xe5"}', "UTF-8"),
        (b"x" * 1_000_001, "större än 1 MB"),
    ],
    ids=range(14),
)
def test_what_is_wrong_is_said_with_its_place(text: str | bytes, sentence: str) -> None:
    with pytest.raises(MappingRefused, match=sentence):
        read(text)


def test_a_date_format_is_checked_when_it_is_read() -> None:
    with pytest.raises(UnreadableDateFormat, match="%d/%m/%Y går inte att läsa"):
        read('{"dates": "%d/%m/%Y"}')


@given(st.recursive(st.none() | st.booleans() | st.text(max_size=3), lambda inner: st.lists(inner) | st.dictionaries(
    st.sampled_from(["columns", "dates", "values", "set", "x"]), inner)))  # fmt: skip
def test_any_json_gives_a_mapping_or_a_refusal(content: object) -> None:
    import json

    try:
        mapping = read(json.dumps(content))
    except (MappingRefused, UnreadableDateFormat):
        return
    assert isinstance(content, dict)
    assert mapping.columns == content.get("columns", {})
