"""The kinds of lists that can be read in: their columns, what a row needs, and who may."""

from __future__ import annotations

from dataclasses import dataclass

from assetreg.domain.access import Act
from assetreg.domain.errors import Invalid
from assetreg.domain.sentences import Bilingual
from assetreg.schemas.device import DeviceFields
from assetreg.schemas.indicator_value import IndicatorValueFields
from assetreg.schemas.loading import CommandSchema
from assetreg.schemas.outcome_row import OutcomeRowFields
from assetreg.schemas.person import PersonFields
from assetreg.sources.columns import fold

REASON_COLUMN = "orsak"
"""The column that a file of refused rows has last, and that is not read back."""
LISTED_COLUMN = "listans datum"
"""The column of such a file that says which day its rows are from, however late they are mended and read again."""


class UnknownPreset(Invalid):
    code = "unknown_preset"
    message = "{value} är ingen sorts fil som går att läsa in. Välj någon av: {known}."


class UnknownColumn(Invalid):
    code = "unknown_column"
    message = "{value} är ingen kolumn i en fil med {preset}. Kolumnerna är: {known}."


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its English name, its Swedish one, and other headers that lists use."""

    name: str
    swedish: str
    others: tuple[str, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        return frozenset((self.swedish, *self.others))


@dataclass(frozen=True, slots=True)
class Preset:
    """``needs`` are groups of columns of which a row must state one; ``header_needs`` those a file must have.

    In a list of ``whole_rows`` two rows about the same thing must say the same of it. A list that ``names_persons`` is
    only shown to those who may read who they are.
    """

    name: str
    label: str
    hint: str
    act: Act
    fields: type[CommandSchema]
    columns: tuple[Column, ...]
    needs: tuple[tuple[str, ...], ...]
    header_needs: tuple[tuple[str, ...], ...]
    whole_rows: bool = False
    names_persons: bool = False

    @property
    def names(self) -> dict[str, frozenset[str]]:
        return {column.name: column.names for column in self.columns}

    def header(self, name: str) -> Bilingual:
        """A column as people read it: the header that a file in their language has."""
        return Bilingual(next((column.swedish for column in self.columns if column.name == name), name), name)

    def column(self, text: str) -> str:
        """The English name of a column by any of its names. Raises UnknownColumn."""
        wanted = fold(text)
        for column in self.columns:
            if wanted in {fold(name) for name in (column.name, *column.names)}:
                return column.name
        raise UnknownColumn(value=text, preset=self.label.lower(), known=[column.name for column in self.columns])


_SERIAL = Column("serial", "serienummer", ("serienr", "s/n", "serial number"))
_TAG = Column("asset_tag", "inventarienummer", ("inventarienr", "inv.nr", "tag"))
_OWNER = Column("owner", "kommun", ("ägare", "kommunkod"))
_DEPARTMENT = Column("department", "förvaltning")
_UNIT = Column("unit", "enhet", ("skola",))
_IDENTITY = ("serial", "asset_tag")

DEVICES = Preset(
    name="devices",
    label="Enheter",
    hint="Datorer, surfplattor, telefoner, skärmar och annat, en rad för varje enhet.",
    act=Act.IMPORT_DEVICES,
    fields=DeviceFields,
    columns=(
        *(_SERIAL, _TAG, Column("kind", "typ"), _OWNER),
        *(Column("imei", "imei-nummer"), Column("mac", "mac-adress"), Column("hostname", "datornamn")),
        *(Column("group", "klass", ("grupp",)), Column("cost_centre", "kostnadsställe")),
        *(Column("manufacturer", "tillverkare"), Column("model", "modell")),
        *(_DEPARTMENT, _UNIT, Column("room", "rum"), Column("stage", "status")),
        *(Column("ordered", "orderdatum"), Column("purchased", "inköpsdatum"), Column("delivered", "leveransdatum")),
        *(Column("in_service", "ibruktagande"), Column("price_sek", "pris"), Column("supplier", "leverantör")),
        *(Column("order_number", "ordernummer"), Column("warranty_until", "garanti_till")),
        *(Column("user", "användare"), Column("os", "operativsystem"), Column("os_version", "os-version")),
        Column("note", "anmärkning"),
    ),
    needs=(_IDENTITY,),
    header_needs=(_IDENTITY,),
    names_persons=True,
)

PERSONS = Preset(
    name="persons",
    label="Personer",
    hint="De som använder enheterna. Importera dem före enheterna.",
    act=Act.IMPORT_DEVICES,
    fields=PersonFields,
    columns=(
        *(Column("name", "namn"), _OWNER, Column("email", "e-post", ("epostadress", "mejl"))),
        *(Column("external_id", "nummer", ("anställningsnummer", "elevnummer")), _DEPARTMENT, _UNIT),
    ),
    needs=(("name",), ("owner",)),
    header_needs=(("name",), ("owner",)),
    whole_rows=True,
    names_persons=True,
)

OUTCOMES = Preset(
    name="outcomes",
    label="Utfall",
    hint="Partnerns rapport: vad det blev av varje enhet.",
    act=Act.IMPORT_OUTCOMES,
    fields=OutcomeRowFields,
    columns=(
        *(_SERIAL, _TAG, Column("outcome", "utfall"), Column("date", "datum")),
        *(Column("partner", "partner"), Column("report", "rapport", ("rapportnummer",))),
        *(Column("erasure_method", "raderingsmetod"), Column("erasure_certificate", "raderingsintyg")),
        *(Column("erasure_date", "raderingsdatum"), Column("weight_kg", "vikt_kg", ("vikt",))),
        *(Column("proceeds_sek", "intäkt"), Column("decision", "beslut"), Column("valuation_sek", "värdering")),
        *(Column("waste_code", "avfallskod"), Column("carrier", "transportör"), Column("receiver", "mottagare")),
        *(Column("police_reference", "polisanmälan"), Column("reason", "anledning")),
    ),
    needs=(_IDENTITY, ("outcome",), ("date",)),
    header_needs=(_IDENTITY, ("outcome",), ("date",)),
    whole_rows=True,
)

INDICATOR_VALUES = Preset(
    name="indicator-values",
    label="Årets siffror",
    hint="Mål och värden som inte räknas fram ur registret, till exempel år med bara en totalsiffra.",
    act=Act.IMPORT_FIGURES,
    fields=IndicatorValueFields,
    columns=(
        *(Column("year", "år"), Column("goal", "nämndmål"), Column("indicator", "indikator")),
        *(Column("direction", "riktning"), Column("value", "värde"), Column("target", "målvärde")),
        *(Column("unit", "enhet"), _OWNER, Column("source", "källa")),
    ),
    needs=(("year",), ("goal",), ("indicator",), ("direction",)),
    header_needs=(("year",), ("goal",), ("indicator",), ("direction",)),
    whole_rows=True,
)

PRESETS = {preset.name: preset for preset in (DEVICES, PERSONS, OUTCOMES, INDICATOR_VALUES)}


def preset(name: str) -> Preset:
    """Raises UnknownPreset."""
    if name not in PRESETS:
        raise UnknownPreset(field="preset", value=name, known=list(PRESETS))
    return PRESETS[name]
