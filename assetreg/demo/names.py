"""Names of people who do not exist: common first and last names, put together by chance."""

from __future__ import annotations

import unicodedata
from random import Random

MAIL_DOMAIN = "demo.example"
"""A domain that nobody can have (RFC 2606)."""

FIRST = (
    *("Anna", "Eva", "Maria", "Karin", "Sara", "Lena", "Emma", "Kerstin", "Ingrid", "Elin", "Malin", "Hanna"),
    *("Linda", "Jenny", "Susanne", "Ida", "Åsa", "Sofia", "Julia", "Amina", "Fatima", "Leila", "Alva", "Ebba"),
    *("Lars", "Anders", "Johan", "Per", "Mikael", "Erik", "Peter", "Daniel", "Fredrik", "Jonas", "Mattias"),
    *("Oskar", "Filip", "Hugo", "Elias", "Ali", "Omar", "Yusuf", "Nils", "Göran", "Håkan", "Björn", "Östen"),
    *("Wilma", "Saga", "Tuva", "Love", "Kim", "Robin", "Noel", "Melker", "Signe", "Vera"),
)
LAST = (
    *("Andersson", "Johansson", "Karlsson", "Nilsson", "Eriksson", "Larsson", "Olsson", "Persson", "Svensson"),
    *("Gustafsson", "Pettersson", "Jonsson", "Lindberg", "Lindström", "Lindqvist", "Bergström", "Lundgren"),
    *("Sandberg", "Forsberg", "Sjöberg", "Wallin", "Engström", "Holmberg", "Nyström", "Ek", "Åberg", "Öhman"),
    *("Ahmed", "Hassan", "Ali", "Mohamed", "Novak", "Virtanen", "Hansen", "Björk", "Ström", "Dahl", "Åkesson"),
    *("Hedlund", "Fransson", "Månsson", "Blom", "Norberg", "Ekström", "Sundberg", "Holm", "Lind", "Berg"),
)


def full_name(rng: Random) -> str:
    return f"{rng.choice(FIRST)} {rng.choice(LAST)}"


def mail(name: str, number: int) -> str:
    """An address for the name that no other number has."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if c.isascii())
    return f"{plain.replace(' ', '.')}.{number}@{MAIL_DOMAIN}"
