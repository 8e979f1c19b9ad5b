"""What an administrator is told of the target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent_waldur.hooks.foundation import Foundation
from waldur_site_agent_waldur.settings import ResolveMethod

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from waldur_site_agent.waldur.models import Plan


class InspectionHooks(Foundation):
    """Diagnostics: each check says what is wrong, and what to do."""

    def diagnostics(self) -> bool:
        """Log what helps, and say whether all is well."""
        checks: list[Callable[[], bool]] = [
            self._tells_who_we_are,
            self._components_are_there,
            self._plans_are_told,
            self._roles_are_there,
            self._projects_are_unique,
        ]
        if self.settings.resolve_method is ResolveMethod.IDENTITY_BRIDGE:
            checks.append(self._bridge_is_open)
        try:
            self.ping(raise_exception=True)
        except BackendError as error:
            logger.error("%s", error)
            return False
        passed = [_passes(check) for check in checks]
        return all(passed)

    def _tells_who_we_are(self) -> bool:
        version = self.target.waldur.server.version()
        logger.info("The target Waldur is of version %s", version)
        if self.target.reads.sees_customer:
            return True
        logger.error(
            "The token has no role in the organization %s on the target: give its owner the role "
            "of an owner there, or correct target_customer_uuid",
            self.settings.customer_uuid,
        )
        return False

    def _components_are_there(self) -> bool:
        offering = self.target.waldur.public_offerings.get(self.settings.offering_uuid)
        there = {component.type for component in offering.components}
        missing = sorted(self.limit_rules.targets - there)
        logger.info("Components of the target's offering: %s", ", ".join(sorted(there)) or "none")
        if shared := sorted(self.limit_rules.shared_targets):
            logger.warning(
                "Several components stand for the target's %s: each is credited with all of its "
                "usage, and their limits are not read back",
                ", ".join(shared),
            )
        if missing:
            logger.error(
                "The target's offering has no component %s: correct backend_components or their "
                "target_components",
                ", ".join(missing),
            )
        return not missing

    def _plans_are_told(self) -> bool:
        names = sorted(plan.name for plan in self.target.reads.plans)
        logger.info("Plans of the target's offering: %s", ", ".join(names) or "none")
        wanted = set(self.settings.plans.values())
        known = {text for plan in self.target.reads.plans for text in _ways_to_name(plan)}
        missing = sorted(wanted - known)
        if missing:
            logger.error("plan_mapping names plans that the target has not: %s", ", ".join(missing))
        return not missing

    def _roles_are_there(self) -> bool:
        missing = sorted(self.role_rules.targets - self.target.reads.roles.keys())
        if missing:
            logger.error("role_mapping names roles that the target has not: %s", ", ".join(missing))
        return not missing

    def _projects_are_unique(self) -> bool:
        duplicates = self.target.projects.duplicates()
        for source, (used, *others) in duplicates.items():
            logger.error(
                "Several projects of the target stand for project %s of ours; %s, the oldest, is "
                "used. Move what the others have into it, or clear their backend_id: %s",
                source.hex,
                used.uuid.hex,
                ", ".join(other.uuid.hex for other in others),
            )
        return not duplicates

    def _bridge_is_open(self) -> bool:
        fields = self.target.waldur.identity_bridge.allowed_fields()
        logger.info("Profile fields that the target's identity bridge takes: %s", _listed(fields))
        return True


def _passes(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except BackendError as error:
        logger.error("%s", error)
        return False


def _ways_to_name(plan: Plan) -> tuple[str, str, str]:
    return plan.name, plan.uuid.hex, str(plan.uuid)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
