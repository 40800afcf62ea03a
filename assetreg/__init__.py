"""assetreg: an IT asset lifecycle and reuse (återbruk) register for Swedish kommuner."""

__version__ = "0.1.0"
