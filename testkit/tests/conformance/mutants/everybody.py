"""All the mutants; importing it fills the table."""

from . import life, limits, members, orders, others, reading, states, usage, usernames
from .table import MUTANTS

__all__ = [
    "MUTANTS",
    "life",
    "limits",
    "members",
    "orders",
    "others",
    "reading",
    "states",
    "usage",
    "usernames",
]
