"""Every table, so that whoever needs the whole picture (the session, a migration, a test) has it."""

from assetreg.db.account import Account, AccountPlace, Login, LoginAttempt
from assetreg.db.base import Base
from assetreg.db.catalogue import (
    IndicatorKind,
    Model,
    OsRelease,
    Policy,
    ReferenceVersion,
    Setting,
    Supplier,
)
from assetreg.db.device import Device
from assetreg.db.history import Change, Event, FreeText
from assetreg.db.indicator import IndicatorValue
from assetreg.db.intake import Import, ImportRow, Upload, UploadPart
from assetreg.db.job import Job
from assetreg.db.label import Label
from assetreg.db.organisation import Department, Group, Owner, Room, Unit
from assetreg.db.outcome import Erasure, Outcome
from assetreg.db.person import Person
from assetreg.db.tally import DeviceCount

__all__ = [
    "Account",
    "AccountPlace",
    "Base",
    "Change",
    "Department",
    "Device",
    "DeviceCount",
    "Erasure",
    "Event",
    "FreeText",
    "Group",
    "Import",
    "ImportRow",
    "IndicatorKind",
    "IndicatorValue",
    "Job",
    "Label",
    "Login",
    "LoginAttempt",
    "Model",
    "OsRelease",
    "Outcome",
    "Owner",
    "Person",
    "Policy",
    "ReferenceVersion",
    "Room",
    "Setting",
    "Supplier",
    "Unit",
    "Upload",
    "UploadPart",
]
