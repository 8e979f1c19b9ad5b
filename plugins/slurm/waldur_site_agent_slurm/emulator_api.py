"""The web interface of an emulated Slurm (the package ``slurm-emulator``).

For those who try out policies without a cluster, by ``periodic_limits.emulator_mode``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend.exceptions import BackendError, BackendUnavailableError
from waldur_site_agent_slurm.limit_types import LimitType

if TYPE_CHECKING:
    from waldur_site_agent_slurm.policy_settings import PolicySettings

SECONDS = 10.0
KEYS = {
    LimitType.GRP_TRES_MINS: "grp_tres_mins",
    LimitType.MAX_TRES_MINS: "max_tres_mins",
    LimitType.GRP_TRES: "grp_tres",
}


def request_of(account: str, settings: PolicySettings) -> dict[str, object]:
    """What the emulator is asked to apply to an account."""
    body: dict[str, object] = {"resource_id": account}
    if settings.fairshare is not None:
        body["fairshare"] = settings.fairshare
    body |= {KEYS[kind]: dict(limits) for kind, limits in settings.limits.items()}
    if settings.resets_usage:
        body["reset_raw_usage"] = True
    return body


def apply(base_url: str, body: dict[str, object]) -> str:
    """Have settings applied, by one request; answer with its address.

    Raises:
        BackendUnavailableError: the emulator does not answer.
        BackendError: it refuses.
    """
    import httpx2  # noqa: PLC0415 - costs a tenth of a second, and few have an emulator

    url = f"{base_url.rstrip('/')}/api/apply-periodic-settings"
    try:
        answer = httpx2.post(url, json=body, timeout=SECONDS)
    except httpx2.RequestError as error:
        raise BackendUnavailableError(f"the Slurm emulator at {base_url}: {error}") from error
    if answer.is_error:
        raise BackendError(f"the Slurm emulator at {base_url} answered {answer.status_code}")
    return f"POST {url}"
