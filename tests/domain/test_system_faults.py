"""The reasons of the operating system, in Swedish where they are common."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from assetreg.domain.system_faults import words_of


def test_missing_folder_is_told_in_swedish(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        (tmp_path / "finns inte" / "a.csv").write_text("x", encoding="utf-8")
    assert words_of(caught.value) == "mappen eller filen finns inte"


@pytest.mark.parametrize("number", [errno.EACCES, errno.ENOSPC, errno.EROFS, errno.EISDIR, errno.ENOTDIR])
def test_common_reason_is_never_the_systems_own_english(number: int) -> None:
    told = words_of(OSError(number, "Some English words."))
    assert "English" not in told
    assert not told.endswith(".")


def test_unknown_reason_is_told_as_the_system_says_it() -> None:
    assert words_of(OSError(errno.EXDEV, "Invalid cross-device link.")) == "Invalid cross-device link"
    assert words_of(OSError()) == "OSError"
