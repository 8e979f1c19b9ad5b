"""The demo's world: a provider, three offerings, a project and its people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from waldur_site_agent_testkit.mastermind.state import Role

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from waldur_site_agent_testkit.mastermind.state import Customer, Offering, Project, User
    from waldur_site_agent_testkit.mastermind.world import World

PEOPLE = ("ada", "barbara", "edsger", "grace", "tony")
LIMITS = {"cpu": 100, "mem": 200, "gres/gpu": 10}


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What the play is about."""

    world: World
    provider: Customer
    agent: User
    project: Project
    people: Mapping[str, User]
    hpc: Offering
    flat: Offering
    courses: Offering


def set_up(world: World) -> Stage:
    """Fill an empty world."""
    provider = world.add_customer("University", slug="uni")
    agent = world.add_user("agent", is_staff=True)
    project = world.add_project(provider, "Climate", slug="climate")
    people = {name: world.add_user(name) for name in PEOPLE}
    for person in people.values():
        world.grant(person, project)
    manager = world.add_user("margaret")
    world.grant(manager, project, Role.PROJECT_MANAGER)
    return Stage(
        world=world,
        provider=provider,
        agent=agent,
        project=project,
        people=people,
        hpc=_offering(world, provider, "HPC cluster"),
        flat=_offering(world, provider, "GPU cluster"),
        courses=_offering(
            world, provider, "Courses", account_name_generation_policy="project_slug"
        ),
    )


def _offering(world: World, provider: Customer, name: str, **options: str) -> Offering:
    offering = world.add_offering(
        provider,
        name,
        components=("cpu", "mem", "gres/gpu"),
        plugin_options={
            "service_provider_can_create_offering_user": True,
            "username_generation_policy": "waldur_username",
            **options,
        },
    )
    world.add_plan(offering)
    return offering


CONFIGURATION = """\
offerings:
{offerings}
"""

OFFERING = """\
  - name: {name}
    waldur_api_url: {url}
    waldur_api_token: !file {token_file}
    waldur_offering_uuid: {uuid}
    backend_type: slurm
    order_processing_backend: slurm
    membership_sync_backend: slurm
{more}
    backend_settings:
      slurm_bin_path: {bin_path}
      require_unix_accounts: false
      qos_paused: paused
      default_account: root
      customer_prefix: c_
      project_prefix: {project_prefix}
      allocation_prefix: {prefix}
{extra}
    backend_components:
      cpu: {{measured_unit: k-Hours, unit_factor: 60000, accounting_type: limit, label: CPU}}
      mem: {{measured_unit: GB-Hours, unit_factor: 61440, accounting_type: limit, label: RAM}}
      gres/gpu: {{measured_unit: Hours, unit_factor: 60, accounting_type: limit, label: GPU}}
"""


REPORTING = "    reporting_backend: slurm"
EVENTS = """\
    stomp_enabled: true
    stomp_ws_host: 127.0.0.1
    stomp_ws_port: {port}
    websocket_use_tls: false"""


def configuration(
    stage: Stage,
    *,
    url: str,
    token_file: str,
    bin_path: str,
    stomp_port: int | None = None,
    reporting: Collection[str] | None = None,
) -> str:
    """The agent's configuration for the three offerings.

    Args:
        stage: where they are.
        url: of Waldur's API.
        token_file: holds the agent's token.
        bin_path: where Slurm's commands are.
        stomp_port: where events come from; None for polling.
        reporting: the names of offerings whose usage is reported; None for all.
    """
    events = EVENTS.format(port=stomp_port) if stomp_port is not None else ""
    wanted = [
        (stage.hpc, "hpc_", "p_", ""),
        (stage.flat, "gpu_", "gpu_p_", "      parent_account: gpu_projects"),
        (stage.courses, "course_", "p_", "      backend_id_max_retries: 3"),
    ]
    blocks = [
        OFFERING.format(
            name=offering.name,
            url=url,
            token_file=token_file,
            uuid=offering.uuid,
            bin_path=bin_path,
            prefix=prefix,
            project_prefix=project_prefix,
            more="\n".join(filter(None, [events, _reporting(offering, reporting)])),
            extra=extra,
        )
        for offering, prefix, project_prefix, extra in wanted
    ]
    return CONFIGURATION.format(offerings="\n".join(blocks).rstrip())


def _reporting(offering: Offering, names: Collection[str] | None) -> str:
    return REPORTING if names is None or offering.name in names else ""
