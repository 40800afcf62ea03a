"""The vocabulary: every stored word, with the Swedish and the English label people read."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Term(StrEnum):
    """A stored English value with the labels shown to people."""

    sv: str
    en: str

    def __new__(cls, value: str, sv: str, en: str) -> Self:
        term = str.__new__(cls, value)
        term._value_ = value
        term.sv = sv
        term.en = en
        return term

    def label(self, language: str = "sv") -> str:
        return self.en if language == "en" else self.sv


class OwnerType(Term):
    KOMMUN = "kommun", "Kommun", "Municipality"
    GEMENSAM = "gemensam", "Gemensam", "Shared"
    BOLAG = "bolag", "Kommunalt bolag", "Municipal company"
    FORBUND = "kommunalforbund", "Kommunalförbund", "Municipal federation"


class UnitType(Term):
    SCHOOL = "school", "Skola", "School"
    PRESCHOOL = "preschool", "Förskola", "Preschool"
    CARE = "care", "Vård och omsorg", "Care"
    OFFICE = "office", "Kontor", "Office"
    OTHER = "other", "Annat", "Other"


class GroupType(Term):
    CLASS = "class", "Klass", "Class"
    CART = "cart", "Vagn", "Cart"
    TEAM = "team", "Arbetslag", "Team"


class Indicator(Term):
    I1 = "I1", "Datorer och serverutrustning", "Computers and server equipment"
    I2 = "I2", "Mobila enheter", "Mobile devices"


class Kind(Term):
    LAPTOP = "laptop", "Bärbar dator", "Laptop"
    DESKTOP = "desktop", "Stationär dator", "Desktop"
    WORKSTATION = "workstation", "Arbetsstation", "Workstation"
    THIN_CLIENT = "thin_client", "Tunn klient", "Thin client"
    SERVER = "server", "Server", "Server"
    STORAGE = "storage", "Lagring", "Storage"
    TABLET = "tablet", "Surfplatta", "Tablet"
    PHONE = "phone", "Mobiltelefon", "Mobile phone"
    MONITOR = "monitor", "Skärm", "Monitor"
    NETWORK = "network", "Nätverksutrustning", "Network equipment"
    PRINTER = "printer", "Skrivare", "Printer"
    OTHER = "other", "Övrigt", "Other"

    @property
    def has_storage(self) -> bool:
        """Whether the kind holds data and so needs an erasure record before it leaves us."""
        return self not in (Kind.MONITOR, Kind.OTHER)


class Stage(Term):
    ORDERED = "ordered", "Beställd", "Ordered"
    IN_STOCK = "in_stock", "I lager", "In stock"
    DEPLOYED = "deployed", "I drift", "Deployed"
    ON_LOAN = "on_loan", "Utlånad", "On loan"
    IN_REPAIR = "in_repair", "På reparation", "In repair"
    RETURNED = "returned", "Återlämnad", "Returned"
    WIPED = "wiped", "Raderad", "Wiped"
    READY_FOR_DISPOSAL = "ready_for_disposal", "Klar för avveckling", "Ready for disposal"
    DISPATCHED = "dispatched", "Avsänd", "Dispatched"
    DISPOSED = "disposed", "Avslutad", "Disposed"
    MISSING = "missing", "Saknas", "Missing"
    STOLEN = "stolen", "Stulen", "Stolen"
    VOIDED = "voided", "Makulerad", "Voided"


class OutcomeType(Term):
    INTERNAL_REUSE = "internal_reuse", "Internt återbruk", "Internal reuse"
    EXTERNAL_REUSE = "external_reuse", "Externt återbruk", "External reuse"
    GIFT = "gift", "Gåva", "Gift"
    BUYOUT = "buyout", "Utköp", "Buyout"
    PARTS_REUSE = "parts_reuse", "Komponentåterbruk", "Parts reuse"
    MATERIAL_RECYCLING = "material_recycling", "Materialåtervinning", "Material recycling"
    ENERGY_RECOVERY = "energy_recovery", "Energiåtervinning", "Energy recovery"
    LANDFILL = "landfill", "Bortskaffande", "Landfill"
    LOST_OR_STOLEN = "lost_or_stolen", "Förlorad eller stulen", "Lost or stolen"
    LEASE_RETURN = "lease_return", "Leasingretur", "Lease return"
    RETURNED_REJECTED = "returned_rejected", "Underkänd av mottagaren", "Rejected by the receiver"
    WARRANTY_SWAP = "warranty_swap", "Garantibyte", "Warranty swap"


class ErasureMethod(Term):
    """How a medium was sanitised, in the words of NIST SP 800-88 Rev. 2."""

    CLEAR = "clear", "Överskrivning (Clear)", "Clear"
    PURGE = "purge", "Säker radering (Purge)", "Purge"
    DESTROY = "destroy", "Förstöring (Destroy)", "Destroy"
    BY_PARTNER = "by_partner", "Raderas av partnern enligt avtal", "Erased by the partner under contract"


class Role(Term):
    TECHNICIAN = "technician", "Tekniker", "Technician"
    PLANNER = "planner", "Planerare", "Planner"
    SUSTAINABILITY = "sustainability", "Hållbarhet och ekonomi", "Sustainability and finance"
    MDM = "mdm", "MDM-ansvarig", "MDM lead"
    READER = "reader", "Kommunkontakt", "Municipal reader"
    AUDITOR = "auditor", "Revisor", "Auditor"
    ADMIN = "admin", "Administratör", "Administrator"


class LabelState(Term):
    BLANK = "blank", "Oanvänd", "Blank"
    ATTACHED = "attached", "Sitter på enheten", "Attached"
    REPLACED = "replaced", "Ersatt", "Replaced"
    VOID = "void", "Makulerad", "Void"


class Precision(Term):
    """How much of a date is known; the stored date is the first day of it."""

    DAY = "day", "Dag", "Day"
    MONTH = "month", "Månad", "Month"
    YEAR = "year", "År", "Year"


class Direction(Term):
    AT_LEAST = "at_least", "Minst", "At least"
    AT_MOST = "at_most", "Högst", "At most"
    EQUAL = "equal", "Lika med", "Equal"
    YES_NO = "yes_no", "Ja eller nej", "Yes or no"


class Door(Term):
    """Where a change came from."""

    WEB = "web", "Webbsidan", "Web"
    SCAN = "scan", "Skanning", "Scan"
    IMPORT = "import", "Import", "Import"
    SYNC = "sync", "Synkronisering", "Sync"
    API = "api", "API", "API"
    CLI = "cli", "Kommandoraden", "Command line"
    DEMO = "demo", "Demodata", "Demo data"


class MdmState(Term):
    """What lists show of the move from Workspace ONE to Intune."""

    LEFT_WS1 = "left_ws1", "Lämnat Workspace ONE", "Left Workspace ONE"
    IN_INTUNE = "in_intune", "I Intune", "In Intune"
    IN_BOTH = "in_both", "I båda", "In both"
    FAILED = "failed", "Misslyckad", "Failed"
    IN_PROGRESS = "in_progress", "Pågår", "In progress"
    EXEMPT = "exempt", "Undantagen", "Exempt"
    RETIRE_INSTEAD = "retire_instead", "Byts ut i stället", "Retire instead"
    PLANNED = "planned", "Planerad", "Planned"
    IN_WS1 = "in_ws1", "I Workspace ONE", "In Workspace ONE"
    OTHER_MDM = "other_mdm", "Annan MDM", "Other MDM"
    UNMANAGED = "unmanaged", "Inte hanterad", "Unmanaged"


class RowVerdict(Term):
    """What became of one row of an imported file."""

    CREATED = "created", "Skapad", "Created"
    UPDATED = "updated", "Ändrad", "Updated"
    UNCHANGED = "unchanged", "Oförändrad", "Unchanged"
    REFUSED = "refused", "Avvisad", "Refused"


class ImportState(Term):
    STAGING = "staging", "Läses in", "Staging"
    PREVIEWED = "previewed", "Förhandsgranskad", "Previewed"
    APPLYING = "applying", "Införs", "Applying"
    INTERRUPTED = "interrupted", "Avbruten", "Interrupted"
    DONE = "done", "Klar", "Done"
    UNDOING = "undoing", "Ångras", "Being undone"
    UNDONE = "undone", "Ångrad", "Undone"
    FAILED = "failed", "Kunde inte läsas", "Could not be read"


class JobState(Term):
    QUEUED = "queued", "I kö", "Queued"
    RUNNING = "running", "Pågår", "Running"
    DONE = "done", "Klar", "Done"
    FAILED = "failed", "Misslyckades", "Failed"
