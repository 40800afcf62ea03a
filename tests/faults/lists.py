"""A list that touches everything an import can: new places, models and users, notes, and rows that are wrong."""

from __future__ import annotations

from pathlib import Path

HEADERS = (
    "serienummer;typ;kommun;enhet;rum;användare;tillverkare;modell;leverantör;inköpsdatum;pris;status;os;anmärkning"
)
KINDS = ("laptop", "tablet", "monitor", "desktop")
OWNERS = ("1860", "1861", "1882", "1814")


def device_list(folder: Path, rows: int) -> Path:
    file = folder / f"enheter {rows}.csv"
    lines = [HEADERS, *(_row(number) for number in range(rows))]
    file.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8")
    return file


def _row(number: int) -> str:
    if number % 17 == 5:
        return f"PFKIL{number:05};lapdog;1860;;;;;;;;;;;fel i typen"
    owner = OWNERS[number % 4]
    user = "1001" if owner == "1860" else ""
    place = f"Skola {number % 5};Rum {number % 7}"
    model = f"Lenovo;ThinkPad T{number % 3};Atea {number % 2}"
    facts = f"2024-0{1 + number % 9}-1{number % 10};{8000 + number};I drift"
    note = f"repa nummer {number}" if number % 3 == 0 else ""
    return f"PFKIL{number:05};{KINDS[number % 4]};{owner};{place};{user};{model};{facts};Windows 11;{note}"


def outcome_list(folder: Path, rows: int) -> Path:
    """What a partner reports of the devices that the list of as many rows makes."""
    file = folder / f"utfall {rows}.csv"
    told = [f"PFKIL{number:05};material_recycling;2025-03-0{1 + number % 9};Partnern" for number in range(rows)]
    file.write_text("\r\n".join(["serienummer;utfall;datum;partner", *told]) + "\r\n", encoding="utf-8")
    return file
