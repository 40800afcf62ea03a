"""A mapping file: which of the file's headers, dates and words stand for which of ours (JSON)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from assetreg.domain.cells import format_pattern, tidy
from assetreg.domain.errors import Invalid
from assetreg.domain.sentences import Phrase

_LONGEST = 1_000_000
_PARTS: Final = ("columns", "dates", "values", "set")


class MappingRefused(Invalid):
    """The mapping file cannot be used; nothing is imported with it."""

    code = "mapping_refused"
    message = "Kolumnmappningen går inte att läsa."


class MappingTooLarge(MappingRefused):
    code = "mapping_too_large"
    message = "Kolumnmappningen är större än 1 MB. Kontrollera att du har valt rätt fil."


class MappingNotJson(MappingRefused):
    code = "mapping_not_json"
    message = "Kolumnmappningen är inte giltig JSON: felet finns på rad {row}, tecken {position}. Rätta filen där."


class MappingNotText(MappingRefused):
    code = "mapping_not_text"
    message = "Kolumnmappningen är inte en textfil i UTF-8. Spara den som JSON i UTF-8."


class MappingWrongShape(MappingRefused):
    code = "mapping_wrong_shape"
    message = "I kolumnmappningen ska {part} vara {expected}. Jämför med beskrivningen av kolumnmappningar."


class MappingUnknownPart(MappingRefused):
    code = "mapping_unknown_part"
    message = "Kolumnmappningen har en okänd del, {part}. Delarna som används är: {parts}."


class MappingRepeatedName(MappingRefused):
    code = "mapping_repeated_name"
    message = "Namnet {name} står två gånger i samma del av kolumnmappningen. Behåll det ena."


@dataclass(frozen=True, slots=True)
class FileMapping:
    """How one kind of file says things.

    ``columns``: header -> column, or None to leave it unread. ``dates``: as `D/M/YYYY`, None for the usual forms.
    ``values``: column -> the file's word -> ours. ``constants`` (`set` in the file): column -> value for every row.
    """

    columns: Mapping[str, str | None] = field(default_factory=dict)
    dates: str | None = None
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)

    def value(self, column: str, text: str) -> str:
        """Our word for the file's, whatever its case; the text itself where the mapping names none."""
        words = self.values.get(column)
        if not words:
            return text
        sought = tidy(text).casefold()
        return next((ours for theirs, ours in words.items() if tidy(theirs).casefold() == sought), text)


def read_mapping(stream: BinaryIO) -> FileMapping:
    """The mapping in a JSON file of at most 1 MB. Raises MappingRefused, or UnreadableDateFormat for ``dates``."""
    content = stream.read(_LONGEST + 1)
    if len(content) > _LONGEST:
        raise MappingTooLarge
    shape = Phrase('ett objekt, som {"columns": {"Serienr": "serial"}}')
    parts = _object(_parsed(content), part=Phrase("hela filen"), expected=shape)
    for part in parts:
        if part not in _PARTS:
            raise MappingUnknownPart(part=part, parts=_PARTS)
    return FileMapping(
        columns=_columns(parts.get("columns", {})),
        dates=_dates(parts.get("dates")),
        values=_values(parts.get("values", {})),
        constants=_texts(parts.get("set", {}), part="set", expected=Phrase("kolumner med ett värde som text")),
    )


def _parsed(content: bytes) -> object:
    try:
        parsed: object = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_without_repeats)
    except UnicodeDecodeError:
        raise MappingNotText from None
    except json.JSONDecodeError as error:
        raise MappingNotJson(row=error.lineno, position=error.colno) from None
    except (RecursionError, ValueError):
        raise MappingNotJson(row=1, position=1) from None
    return parsed


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result: dict[str, object] = {}
    for name, value in pairs:
        if name in result:
            raise MappingRepeatedName(name=name)
        result[name] = value
    return result


def _object(value: object, *, part: str, expected: Phrase) -> dict[str, object]:
    if not isinstance(value, dict):
        raise MappingWrongShape(part=part, expected=expected)
    return value


def _texts(value: object, *, part: str, expected: Phrase) -> dict[str, str]:
    texts: dict[str, str] = {}
    for name, text in _object(value, part=part, expected=expected).items():
        if not isinstance(text, str):
            raise MappingWrongShape(part=part, expected=expected)
        texts[name] = text
    return texts


def _columns(value: object) -> dict[str, str | None]:
    expected = Phrase("rubriker med kolumnens namn som text (eller null)")
    columns = _object(value, part="columns", expected=expected)
    unread: dict[str, str | None] = {header: None for header, column in columns.items() if column is None}
    named = {header: column for header, column in columns.items() if column is not None}
    return unread | _texts(named, part="columns", expected=expected)


def _dates(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise MappingWrongShape(part="dates", expected=Phrase("ett datumformat som text, som D/M/YYYY"))
    format_pattern(value)
    return value


def _values(value: object) -> dict[str, dict[str, str]]:
    expected = Phrase("kolumner med filens ord och registrets ord, alla som text")
    columns = _object(value, part="values", expected=expected)
    return {column: _texts(words, part="values", expected=expected) for column, words in columns.items()}
