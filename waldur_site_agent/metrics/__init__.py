"""Figures about the work: anybody may count, and it costs nothing until somebody wants to know."""
