"""The tables, the scoped session, and the queries about them: one aggregate per file."""
