"""Backends that get policies wrong."""

# ruff: noqa: ARG002 - what is broken keeps the parameters of the contract

from __future__ import annotations

from ..reference import FullBackend  # noqa: TID252 - see table.py
from .table import breaks


@breaks("a_policy_is_told_what_came_of_it", "'success' is None")
class SaysNothingOfPolicies(FullBackend):
    """Does not say whether it succeeded."""

    def apply_periodic_settings(
        self, backend_id: str, settings: dict, config: object = None
    ) -> dict:
        return {}


@breaks("a_policy_is_told_what_came_of_it", "does not say why")
class FailsSilently(FullBackend):
    """Fails, and does not say why."""

    def apply_periodic_settings(
        self, backend_id: str, settings: dict, config: object = None
    ) -> dict:
        return {"success": False}
