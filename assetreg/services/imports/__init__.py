"""Lists coming in: read and judged outside the register, shown, then applied, reported and perhaps undone."""
