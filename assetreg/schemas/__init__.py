"""The contracts: one set of fields and rules for forms, JSON and rows of a file; loading gives a frozen command."""
