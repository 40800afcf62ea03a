"""``assetreg prune``: pseudonymises persons and clears what has passed its time, batch by batch."""
