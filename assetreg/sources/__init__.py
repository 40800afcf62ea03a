"""What comes in: each file reads one outside form and yields plain rows."""
