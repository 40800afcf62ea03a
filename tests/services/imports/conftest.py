"""Somebody who reads lists in, on each engine."""

from __future__ import annotations

import pytest

from assetreg.db.session import Database
from tests.cast import Cast
from tests.services.imports.lists import Importing


@pytest.fixture
def importing(database: Database, cast: Cast) -> Importing:
    return Importing(database)
