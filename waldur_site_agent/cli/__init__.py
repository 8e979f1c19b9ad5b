"""Commands and how they print; nothing is decided here."""
