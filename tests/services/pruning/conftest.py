"""A register in which somebody has left traces everywhere, on each engine."""

from __future__ import annotations

import pytest

from assetreg.db.session import Database
from tests.cast import Cast
from tests.services.pruning.traces import Traced, leave_traces


@pytest.fixture
def traced(database: Database, cast: Cast) -> Traced:
    return leave_traces(database, cast)
