"""`assetreg place`: the way in for a department, a unit, a room or a group."""

from __future__ import annotations

from tests.cli.conftest import Run

LIST = "serienummer;typ;kommun;enhet;rum\nPLATS1;laptop;1860;Nya skolan;B1\n"


def test_places_are_added_listed_and_renamed(assetreg: Run) -> None:
    laxa = ("--owner", "1860")
    assert assetreg("place", "add", "department", "Bildning", *laxa).exit == 0
    assert assetreg("place", "add", "unit", "Nya skolan", *laxa, "--department", "bildning").exit == 0
    for kind, name in (("room", "B1"), ("group", "7A")):
        made = assetreg("place", "add", kind, name, *laxa, "--unit", "Nya skolan", "--json")
        assert (made.exit, made.document["name"]) == (0, name)
    [department] = assetreg("place", "list", *laxa, "--json").document
    [unit] = department["units"]
    assert (department["name"], unit["name"], unit["rooms"], unit["groups"]) == ("Bildning", "Nya skolan", 1, 1)
    assert assetreg("import", "devices", "-", stdin=LIST).exit == 0
    assert assetreg("place", "rename", "room", "B1", "Biblioteket", *laxa, "--unit", "Nya skolan").exit == 0
    assert assetreg("device", "show", "PLATS1", "--json").document["room"] == "Biblioteket"
    inside = assetreg("place", "list", *laxa, "--unit", "nya skolan", "--json").document
    assert (inside["rooms"], inside["groups"]) == (["Biblioteket"], ["7A"])
    assert "Nya skolan: 1 rum, 1 grupper" in assetreg("place", "list", *laxa).out
    assert assetreg("check").exit == 0


def test_place_that_cannot_be_is_refused_with_what_to_do(assetreg: Run) -> None:
    laxa = ("--owner", "1860")
    for command, told in (
        (("add", "room", "B1", *laxa), "Ange enhet också"),
        (("add", "unit", "Skolan", *laxa, "--department", "Finns inte"), "Finns inte finns inte hos Laxå"),
        (("add", "department", "Bildning", "--owner", "9999"), "Ägaren 9999 finns inte"),
        (("rename", "room", "B1", "B2", *laxa), "Ange vilken enhet också"),
        (("rename", "unit", "Skolan", "Nya", *laxa), "lägg till den under Platser"),
    ):
        answer = assetreg("place", *command)
        assert answer.exit == 1
        assert told in answer.err
    assert assetreg("place", "list", *laxa).out.startswith("Det finns inga platser.")
    assert assetreg("place", "list").exit == 2
