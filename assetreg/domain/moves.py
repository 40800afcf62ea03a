"""The words of the life cycle: what people do with a device, and what they must state when they do."""

from __future__ import annotations

from assetreg.domain.terms import Term


class Move(Term):
    """An act that takes a device from one stage to another; the label is what its button says."""

    RECEIVE = "receive", "Ta emot", "Receive"
    DEPLOY = "deploy", "Ta i drift", "Deploy"
    STORE = "store", "Ta hem till lager", "Take into stock"
    LEND = "lend", "Låna ut", "Lend"
    TAKE_BACK = "take_back", "Ta tillbaka från lån", "Take back from loan"
    KEEP = "keep", "Gör lånet varaktigt", "Make the loan permanent"
    REPAIR = "repair", "Skicka på reparation", "Send for repair"
    REPAIRED = "repaired", "Tillbaka från reparation, i drift", "Back from repair, in use"
    REPAIRED_TO_STOCK = "repaired_to_stock", "Tillbaka från reparation, till lager", "Back from repair, to stock"
    RETURN = "return", "Återlämna", "Return"
    WIPE = "wipe", "Radera", "Wipe"
    READY = "ready", "Klar för avveckling", "Ready for disposal"
    RESTOCK = "restock", "Tillbaka i lager", "Back in stock"
    DISPATCH = "dispatch", "Skicka iväg", "Dispatch"
    REPORT_MISSING = "report_missing", "Anmäl saknad", "Report missing"
    REPORT_STOLEN = "report_stolen", "Anmäl stulen", "Report stolen"
    FOUND = "found", "Återfunnen", "Found"


class Fact(Term):
    """Something a move can require; the labels stand in the sentence that asks for it."""

    DATE = "date", "vilken dag det hände", "the day it happened"
    REASON = "reason", "en orsak", "a reason"
    PLACE = "place", "en plats eller en person (enhet, rum, grupp eller användare)", "a place or a person"
    ERASURE = "erasure", "en uppgift om radering eller förstöring", "a record of erasure or destruction"
    POLICE_OR_REASON = "police_or_reason", "polisens diarienummer eller en orsak", "a police reference or a reason"
    BORROWER = "borrower", "vem som lånar", "who borrows it"
    DUE_BACK = "due_back", "vilken dag den ska tillbaka", "the day it is due back"
    RECEIVER = "receiver", "vem som tar emot den", "who receives it"

    @property
    def field(self) -> str:
        """The input the sentence belongs beside."""
        return _FIELDS[self]


_FIELDS: dict[Fact, str] = {
    Fact.DATE: "date",
    Fact.REASON: "reason",
    Fact.PLACE: "unit",
    Fact.ERASURE: "erasure_method",
    Fact.POLICE_OR_REASON: "police_reference",
    Fact.BORROWER: "user",
    Fact.DUE_BACK: "due_back",
    Fact.RECEIVER: "receiver",
}
