from __future__ import annotations

from waldur_site_agent.plugins.groups import Role
from waldur_site_agent.plugins.roles import BackendRoles, roles_of
from waldur_site_agent_slurm.backend import SlurmBackend


def test_the_plugin_says_what_it_is_for_rather_than_being_guessed_at() -> None:
    assert roles_of(SlurmBackend) == BackendRoles(roles=frozenset(Role), declared=True)
