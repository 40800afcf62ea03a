"""Every table, so that whoever needs the whole picture (the session, a migration, a test) has it."""

from assetreg.db.account import Account, AccountPlace, Login, LoginAttempt
from assetreg.db.api import ApiToken, StoredReply
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
from assetreg.db.figure_fact import FigureFact
from assetreg.db.foreign_serial import ForeignSerial
from assetreg.db.history import Change, Event, FreeText
from assetreg.db.indicator import IndicatorValue
from assetreg.db.intake import Import, ImportRow, Upload, UploadPart
from assetreg.db.job import Job
from assetreg.db.label import Label
from assetreg.db.organisation import Department, Group, Owner, Room, Unit
from assetreg.db.outcome import Erasure, Outcome
from assetreg.db.person import Assignment, Person
from assetreg.db.reading_log import PersonalDataRead
from assetreg.db.retention import PruneRun, RetentionTime
from assetreg.db.second_factor import Authenticator, LoginStep, Passkey, RecoveryCode
from assetreg.db.sign_in import SignInRule, SignInRulePlace
from assetreg.db.tally import DeviceCount

__all__ = [
    "Account",
    "AccountPlace",
    "ApiToken",
    "Assignment",
    "Authenticator",
    "Base",
    "Change",
    "Department",
    "Device",
    "DeviceCount",
    "Erasure",
    "Event",
    "FigureFact",
    "ForeignSerial",
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
    "LoginStep",
    "Model",
    "OsRelease",
    "Outcome",
    "Owner",
    "Passkey",
    "Person",
    "PersonalDataRead",
    "Policy",
    "PruneRun",
    "RecoveryCode",
    "ReferenceVersion",
    "RetentionTime",
    "Room",
    "Setting",
    "SignInRule",
    "SignInRulePlace",
    "StoredReply",
    "Supplier",
    "Unit",
    "Upload",
    "UploadPart",
]
