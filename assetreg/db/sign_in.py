"""What the municipality's own log-in gives: one rule for each app role or group."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, column
from sqlalchemy.orm import Mapped, mapped_column

from assetreg.db.base import Base, Chained, Identified, Key, Shared, TermColumn, refers_to
from assetreg.domain.sign_in import ClaimKind
from assetreg.domain.terms import Role

_STANDS = column("removed_at").is_(None)


class SignInRule(Identified, Chained, Base):
    """Whoever has the claim gets the role. ``whole`` gives every owner; otherwise the rule's places do.

    A rule that is taken away is kept, for its history is.
    """

    __tablename__ = "sign_in_rule"
    __table_args__ = (Index(None, "claim", "value", unique=True, sqlite_where=_STANDS, postgresql_where=_STANDS),)
    owned = Shared()

    claim: Mapped[ClaimKind] = mapped_column(TermColumn(ClaimKind))
    value: Mapped[str] = mapped_column(Key(200))
    role: Mapped[Role] = mapped_column(TermColumn(Role))
    whole: Mapped[bool]
    position: Mapped[int]
    ends_on: Mapped[date | None]
    removed_at: Mapped[datetime | None]


class SignInRulePlace(Identified, Base):
    """One part of what a rule lets people see: an owner, or a department or unit of one."""

    __tablename__ = "sign_in_rule_place"
    owned = Shared()

    rule_id: Mapped[int] = mapped_column(refers_to("sign_in_rule.id"), index=True)
    owner_id: Mapped[int] = mapped_column(refers_to("owner.id"))
    department_id: Mapped[int | None] = mapped_column(refers_to("department.id"))
    unit_id: Mapped[int | None] = mapped_column(refers_to("unit.id"))
