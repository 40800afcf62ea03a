"""The command line. Every module here that has a ``command`` adds it to ``assetreg``."""
