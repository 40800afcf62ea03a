"""Where ``assetreg import --errors`` writes: tried before anything is read in, there only when it is whole."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from tempfile import NamedTemporaryFile

from assetreg.domain.errors import Invalid
from assetreg.domain.sentences import Phrase
from assetreg.domain.system_faults import words_of


class ErrorsOverInput(Invalid):
    code = "errors_over_input"
    message = "Filen {name} läses av importen, så --errors kan inte skriva över den. Ange ett annat namn."


class ErrorsUnwritable(Invalid):
    code = "errors_unwritable"
    message = "Filen {name} går inte att skriva ({reason}). Inget är inläst. Ange en annan plats för --errors."


class ErrorsLost(Invalid):
    code = "errors_lost"
    message = (
        "Filen {name} gick inte att skriva ({reason}), så de avvisade raderna kom inte med. Allt annat är gjort. "
        "Läs in listan igen med --errors på en annan plats: det som är infört blir oförändrat."
    )


def refuse_unwritable(errors: str, *, read: Iterable[str]) -> None:
    """Raises ErrorsOverInput where it is one of the files that are ``read``, and ErrorsUnwritable."""
    target = Path(errors)
    for name in read:
        if name and name != "-" and _same(target, Path(name)):
            raise ErrorsOverInput(field="--errors", name=Phrase(errors))
    try:
        if _is_plain(target):
            with NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}-"):
                return
        with target.open("ab"):
            pass
    except OSError as error:
        raise ErrorsUnwritable(field="--errors", name=Phrase(errors), reason=Phrase(words_of(error))) from None


def write(errors: str, pieces: Iterable[bytes]) -> None:
    """Raises ErrorsLost."""
    target = Path(errors)
    try:
        if _is_plain(target):
            _write_whole(target, pieces)
            return
        with target.open("wb") as out:
            out.writelines(pieces)
    except OSError as error:
        raise ErrorsLost(field="--errors", name=Phrase(errors), reason=Phrase(words_of(error))) from None


def _write_whole(target: Path, pieces: Iterable[bytes]) -> None:
    with NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}-", delete=False) as made:
        part = Path(made.name)
        try:
            made.writelines(pieces)
        except BaseException:
            part.unlink()
            raise
    part.replace(target)


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _is_plain(target: Path) -> bool:
    """A file, there or to be made; not a pipe or a device, which is written to as it is."""
    return target.is_file() or not target.exists()
