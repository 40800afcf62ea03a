"""Why a row of a list is not applied, and why an import cannot go on."""

from __future__ import annotations

from assetreg.domain.errors import Conflict, Invalid
from assetreg.sources.refusals import FileRefused


class ColumnsMissing(FileRefused):
    code = "file_columns_missing"
    message = (
        "Filen saknar kolumnen {columns}. Rubrikerna i filen är: {headers}. "
        "Lägg till kolumnen, peka ut den i kolumnmappningen eller ange ett värde som gäller alla rader."
    )


class CannotClear(Invalid):
    code = "cannot_clear"
    message = "Kolumnen {column} kan inte tömmas. Skriv ett värde, eller lämna cellen tom för att inte ändra något."


class NeededForNew(Invalid):
    code = "needed_for_new"
    message = "Enheten finns inte i registret. För att lägga till den behövs {column}."


class ColumnEmpty(Invalid):
    code = "column_empty"
    message = "{column} saknas på raden. Skriv ett värde i kolumnen."


class SerialAlike(Conflict):
    code = "serial_alike"
    message = (
        "{serial} finns inte, men {tag} har serienumret {meant}. Menar du den? Skriv {meant}: streckkoden på en "
        "Apple-enhet börjar med ett S som inte hör till numret."
    )


class SerialOnSeveral(Conflict):
    code = "serial_on_several"
    message = "Serienumret {serial} finns på två enheter, {first} och {second}. Ange inventarienumret på raden."


class TagOnSeveral(Conflict):
    code = "tag_on_several"
    message = "Inventarienumret {tag} finns på två enheter, {first} och {second}. Ange kommunen på raden."


class SerialOnAnother(Conflict):
    code = "serial_on_another"
    message = "Inventarienumret hör till {tag} men serienumret {serial} till {other}. Rätta det som är fel."


class SerialDiffers(Conflict):
    code = "serial_differs"
    message = (
        "{tag} har serienumret {serial} i registret, inte {stated}. En fil byter inte serienummer: "
        "rätta inventarienumret, eller ändra på enhetens sida (Ändra uppgifter)."
    )


class TagUnknownSerialKnown(Conflict):
    code = "tag_unknown_serial_known"
    message = (
        "Inventarienumret {tag} finns inte, men serienumret {serial} finns på {other}. "
        "Rätta inventarienumret, eller lämna det tomt för att ändra {other}."
    )


class OwnerDiffers(Conflict):
    code = "owner_differs"
    message = (
        "{tag} tillhör {owner}, inte {stated}. En fil byter inte ägare: välj Flytta till en annan kommun "
        "på enhetens sida."
    )


class StageDiffers(Conflict):
    code = "stage_differs"
    message = (
        "{tag} har status {stage}, inte {stated}. En fil ändrar inte status: gör steget på enhetens sida ({act}), "
        "eller lämna cellen tom."
    )


class EndedDiffers(Conflict):
    code = "ended_differs"
    message = "{tag} är avslutad och ändras inte av en fil ({columns}). Makulera utfallet först om det var fel."


class EndedWithoutOutcome(Conflict):
    code = "ended_without_outcome"
    message = (
        "{tag} är avslutad utan utfall och ändras inte av en fil ({columns}). Välj Registrera utfall på enhetens sida, "
        "eller Ändra uppgifter om bara uppgiften är fel."
    )


class HandEdited(Conflict):
    code = "hand_edited"
    message = (
        "{column} på {tag} ändrades för hand {on}, efter filens datum {file_date}. "
        "Ändra det på enhetens sida (Ändra uppgifter) om filen har rätt, eller lämna cellen tom."
    )


class VoidedDevice(Conflict):
    code = "voided_device"
    message = "{tag} är makulerad. Ange typ och kommun på raden för att registrera den på nytt."


class ContradictsRow(Conflict):
    code = "contradicts_row"
    message = "Rad {row} i filen gäller samma sak men säger något annat ({columns}). Behåll den rad som är rätt."


class NobodyHolds(Conflict):
    code = "nobody_holds"
    message = (
        "En enhet med status {stage} har ingen användare. Ta den i drift på enhetens sida (Ta i drift), "
        "ange en annan status för en ny enhet, eller lämna användaren tom."
    )


class UnitElsewhere(Conflict):
    code = "unit_elsewhere"
    message = "{unit} hör till {department} i registret, inte {stated}. Rätta förvaltningen eller lämna den tom."


class PlaceOutsideScope(Invalid):
    code = "place_outside_scope"
    message = "Du har inte behörighet till den plats som raden anger. Ange en enhet eller förvaltning som är din."


class UnknownDevice(Conflict):
    code = "unknown_device"
    message = "{code} finns inte i registret. Rätta numret, eller importera enheten först."


class LineDiffers(Conflict):
    code = "line_differs"
    message = (
        "Utfallet är redan registrerat ({type} {on}) med andra uppgifter ({columns}). "
        "Makulera det först om det var fel."
    )


class PersonsDiffer(Conflict):
    code = "persons_differ"
    message = "E-postadressen {email} tillhör en person med nummer {number}. Rätta den som är fel."


class FileDateAhead(Invalid):
    code = "file_date_ahead"
    message = "Listan kan inte vara från {on}, som inte har varit än. Ange dagen då den togs fram, senast {today}."


class NoRows(FileRefused):
    code = "file_no_rows"
    message = "Filen {name} har en rubrikrad men inga rader under den. Välj en fil med minst en rad."


class SheetColumnsMissing(FileRefused):
    code = "file_sheet_columns_missing"
    message = (
        "Inget av bladen ({sheets}) har de kolumner som behövs. Bladet {sheet} saknar kolumnen {columns}; rubrikerna i "
        "det är: {headers}. Lägg till kolumnen, peka ut den i kolumnmappningen eller ange ett värde för alla rader."
    )


class SheetsAlike(FileRefused):
    code = "file_sheets_alike"
    message = (
        "Flera blad i filen går att läsa in: {sheets}. Dölj eller ta bort dem som inte ska läsas in, spara och försök "
        "igen, ett blad i taget."
    )


class ImportBusy(Conflict):
    code = "import_busy"
    message = "Importen pågår redan. Vänta tills den är klar."


class ImportNotReady(Conflict):
    code = "import_not_ready"
    message = "Importen är {state}, så det går inte att göra det här nu. Ladda om sidan."


class HoldLost(Conflict):
    code = "hold_lost"
    message = "En annan process har tagit över importen. Det som är infört står kvar."
