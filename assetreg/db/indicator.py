"""Values, targets and judgements entered by hand or from a file: totals-only years among them."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import Index, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from assetreg.db.base import Base, ByPlace, Chained, Identified, Key, TermColumn, refers_to
from assetreg.domain.terms import Direction


class IndicatorValue(Identified, Chained, Base):
    """One indicator of one year: its target, and a value where the register does not compute it.

    ``indicator`` is I1, I2 or the name of another; for I1 and I2 a value makes the year totals-only. A row
    without owner speaks for the whole nämnd and is seen by the whole scope only.
    """

    __tablename__ = "indicator_value"
    __table_args__ = (Index(None, "year", "goal", "indicator", "owner_id"),)
    owned = ByPlace()

    owner_id: Mapped[int | None] = mapped_column(refers_to("owner.id"))
    department_id: Mapped[int | None] = mapped_column(refers_to("department.id"))
    unit_id: Mapped[int | None] = mapped_column(refers_to("unit.id"))
    year: Mapped[int]
    goal: Mapped[str] = mapped_column(String(200))
    indicator: Mapped[str] = mapped_column(Key(200))
    direction: Mapped[Direction] = mapped_column(TermColumn(Direction))
    value: Mapped[Decimal | None] = mapped_column(Numeric(14, 3, asdecimal=True))
    target: Mapped[Decimal | None] = mapped_column(Numeric(14, 3, asdecimal=True))
    unit: Mapped[str | None] = mapped_column(String(40))
    source: Mapped[str | None] = mapped_column(String(200))
