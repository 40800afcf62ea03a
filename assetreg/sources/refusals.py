"""Why a whole file is not read; a mishap in one row is a RowFault instead."""

from __future__ import annotations

from assetreg.domain.errors import Invalid


class FileRefused(Invalid):
    """The file as a whole cannot be read; no row of it is."""

    code = "file_refused"
    message = "Filen går inte att läsa."


class EmptyFile(FileRefused):
    code = "file_empty"
    message = "Filen {name} är tom. Välj en fil med en rubrikrad och minst en rad under den."


class FileTooLarge(FileRefused):
    code = "file_too_large"
    message = (
        "Filen {name} är {size} MB, men högst {limit} MB läses åt gången. "
        "Dela upp den i flera filer med samma rubrikrad och läs in dem en i taget."
    )


class TooManyRows(FileRefused):
    code = "file_too_many_rows"
    message = "Filen har fler än {limit} rader. Dela upp den i flera filer med samma rubrikrad."


class TooManyColumns(FileRefused):
    code = "file_too_many_columns"
    message = "Rubrikraden har {count} kolumner, men högst {limit} läses. Ta bort de kolumner som inte behövs."


class RowTooLong(FileRefused):
    code = "file_row_too_long"
    message = (
        "Rad {row} är längre än {limit} tecken och kan inte läsas. Kontrollera att filen har radbrytningar "
        "och att varje citattecken som öppnas också stängs."
    )


class DuplicateHeaders(FileRefused):
    code = "file_duplicate_headers"
    message = "Rubriken {header} står över flera kolumner. Byt namn på eller ta bort den ena, och läs in filen igen."


class HeaderTooLong(FileRefused):
    code = "file_header_too_long"
    message = (
        "Rubriken över kolumn {column} är längre än {limit} tecken: {header}. "
        "Kontrollera att första raden är en rubrikrad."
    )


class HeaderUnreadable(FileRefused):
    code = "file_header_unreadable"
    message = (
        "Rubriken över kolumn {column} ({value}) går inte att läsa. Skriv den som vanlig text och läs in filen igen."
    )


class UnclosedQuote(FileRefused):
    code = "file_unclosed_quote"
    message = (
        "Citattecknen går inte ihop på rad {row}: ett citattecken öppnas men stängs inte rätt. "
        "Stäng det, eller dubblera citattecken som hör till texten, och läs in filen igen."
    )


class UnknownEncoding(FileRefused):
    code = "file_unknown_encoding"
    message = (
        "Filens teckenkodning går inte att läsa: byte {byte} på textrad {row} är varken UTF-8, UTF-16 eller "
        "Windows-1252. Spara filen som CSV UTF-8 och läs in den igen."
    )


class BinaryFile(FileRefused):
    code = "file_binary"
    message = (
        "Filen innehåller en nollbyte (byte {byte}, textrad {row}) och är inte en textfil. "
        "Spara listan som CSV UTF-8 eller .xlsx och läs in den igen."
    )


class WrongKindOfFile(FileRefused):
    code = "file_wrong_kind"
    message = "Filen {name} är {kind}, inte en CSV-fil eller arbetsbok. Spara listan som .xlsx eller CSV UTF-8."


class OldWorkbook(FileRefused):
    code = "file_old_workbook"
    message = "Filen {name} är en arbetsbok i ett äldre format. Öppna den i kalkylprogrammet och spara som .xlsx."


class LockedWorkbook(FileRefused):
    code = "file_locked_workbook"
    message = "Arbetsboken {name} är skyddad med lösenord. Ta bort lösenordet, spara som .xlsx och läs in den igen."


class DamagedWorkbook(FileRefused):
    code = "file_damaged_workbook"
    message = (
        "Arbetsboken {name} är skadad och går inte att läsa. "
        "Öppna den i kalkylprogrammet, spara den på nytt som .xlsx och läs in den igen."
    )


class SwollenWorkbook(FileRefused):
    code = "file_swollen_workbook"
    message = (
        "Arbetsboken {name} packas upp till orimligt mycket data ({part}) och läses därför inte. "
        "Kopiera raderna till en ny arbetsbok och spara den som .xlsx."
    )


class MissingSheet(FileRefused):
    code = "file_missing_sheet"
    message = "Det finns inget blad {sheet} i arbetsboken. Blad som går att läsa: {sheets}."


class NoVisibleSheet(FileRefused):
    code = "file_no_visible_sheet"
    message = "Arbetsboken {name} har inget synligt blad med rader. Visa bladet, spara och läs in filen igen."
