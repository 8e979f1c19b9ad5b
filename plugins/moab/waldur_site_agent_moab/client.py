"""Speaking to Moab Accounting Manager by its commands, in its credits.

Every write is decided on what was read, and money on what was read just before. Where one is
refused, MAM is read again to see whether what was wanted is there.
"""

from __future__ import annotations

from waldur_site_agent_moab.operations.accounts import AccountOperations
from waldur_site_agent_moab.operations.members import MemberOperations
from waldur_site_agent_moab.operations.money import MoneyOperations

__all__ = ["MoabClient"]


class MoabClient(AccountOperations, MoneyOperations, MemberOperations):
    """The ``mam-*`` commands for one MAM.

    The operations are grouped by subject under ``waldur_site_agent_moab.operations``.
    """
