"""What the agent's user may do and see on a cluster, by its level in slurmdbd. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from waldur_site_agent_slurm.parser import parse_pairs

SUFFICIENT = frozenset({"operator", "administrator", "super user"})
"""Levels at which nothing that the agent needs is hidden, as sacctmgr calls them."""
ADMINISTRATORS = SUFFICIENT - {"operator"}
"""Levels at which QoS may be made, and usage be set to zero."""
LOOKS = {"jobs": "accounts that compute look idle", "users": "accounts look as if not there"}
"""What slurmdbd's PrivateData hides from others, as seen on Slurm 22.05.

The word ``usage`` is not among them: it hides sums that sreport shows, and no jobs from sacct.
"""
SECTION = "SlurmDBD configuration:"
"""Begins slurmdbd's part of ``sacctmgr show config``; slurm.conf's has a PrivateData of its own."""


@dataclass(frozen=True, kw_only=True)
class Privacy:
    """Whom slurmdbd hides what from: words of PrivateData, and the user that sees it all."""

    hidden: frozenset[str] = frozenset()
    owner: str = ""


@dataclass(frozen=True, kw_only=True)
class Rights:
    """A user's level in slurmdbd; none ("") where slurmdbd does not know the user."""

    user: str
    level: str
    privacy: Privacy

    @property
    def suffice(self) -> bool:
        """Whether the user sees everything, and may change what the agent changes."""
        return self.level.lower() in SUFFICIENT or self._owns

    @property
    def administers(self) -> bool:
        """Whether the user may also do what Slurm leaves to administrators."""
        return self.level.lower() in ADMINISTRATORS or self._owns

    @property
    def _owns(self) -> bool:
        return self.user in ("root", self.privacy.owner)

    @property
    def hides_accounts(self) -> bool:
        """Whether accounts of others look to the user as if they were not there."""
        return "users" in self.privacy.hidden and not self.suffice

    @property
    def deceptions(self) -> list[str]:
        """What the user would take for true, because slurmdbd hides what is so."""
        hidden = sorted(LOOKS.keys() & self.privacy.hidden)
        return [] if self.suffice else [f"{LOOKS[word]} (PrivateData={word})" for word in hidden]

    def promotion(self, level: str) -> str:
        """How an administrator raises the user's level: slurmdbd may not know the user yet."""
        words = f"modify user {self.user} set" if self.level else f"add user {self.user}"
        account = "" if self.level else " account=root"
        return f"sacctmgr {words}{account} adminlevel={level}"


def parse_privacy(text: str) -> Privacy:
    """Read ``sacctmgr show config``; nothing is hidden where slurmdbd does not say so."""
    _, _, said = text.partition(SECTION)
    found = parse_pairs(said)
    return Privacy(
        hidden=frozenset(found.get("PrivateData", "").split(",")),
        owner=found.get("SlurmUser", "").partition("(")[0],
    )
