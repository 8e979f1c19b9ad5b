"""Folders, ports and configuration of a RabbitMQ of our own."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from waldur_site_agent_testkit.ports import reserve_ports

if TYPE_CHECKING:
    from pathlib import Path

LOOPBACK = "127.0.0.1"
PLUGINS = "[rabbitmq_management,rabbitmq_stomp,rabbitmq_web_stomp].\n"
CONFIGURATION = """\
default_user = publisher
default_pass = {password}
listeners.tcp.1 = 127.0.0.1:{amqp}
stomp.listeners.tcp.1 = 127.0.0.1:{stomp}
web_stomp.tcp.ip = 127.0.0.1
web_stomp.tcp.port = {web_stomp}
management.tcp.ip = 127.0.0.1
management.tcp.port = {management}
distribution.listener.interface = 127.0.0.1
distribution.listener.port_range.min = {distribution}
distribution.listener.port_range.max = {distribution}
disk_free_limit.absolute = 50MB
vm_memory_high_watermark.absolute = 512MB
log.console = true
log.console.level = warning
log.file = false
"""


@dataclass(frozen=True, kw_only=True)
class Ports:
    """What listens where, all on the loopback interface."""

    amqp: int
    stomp: int
    web_stomp: int
    management: int
    distribution: int
    epmd: int


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where the broker's files are, and which ports it uses."""

    top: Path
    ports: Ports
    password: str
    """Of the user ``publisher``, who may do everything: Mastermind's own account."""

    @property
    def output(self) -> Path:
        """What the broker prints."""
        return self.top / "output.log"

    def environment(self) -> dict[str, str]:
        """What the broker's scripts read; nothing of the machine's own broker is in it."""
        return {
            "HOME": str(self.top),
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "LC_ALL": "C.UTF-8",
            "RABBITMQ_CONF_ENV_FILE": str(self.top / "no-environment.conf"),
            "RABBITMQ_CONFIG_FILE": str(self.top / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.top / "plugins"),
            "RABBITMQ_MNESIA_BASE": str(self.top / "data"),
            "RABBITMQ_LOG_BASE": str(self.top / "log"),
            "RABBITMQ_NODENAME": f"waldur-{self.ports.amqp}@localhost",
            "RABBITMQ_SCHEDULER_BIND_TYPE": "u",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2 +sbwt none",
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "ERL_EPMD_PORT": str(self.ports.epmd),
        }


def lay_out(top: Path) -> Layout:
    """Make a broker's folder and files."""
    layout = Layout(top=top, ports=Ports(**free_ports()), password=secrets.token_hex(8))
    for name in ("data", "log"):
        (top / name).mkdir(parents=True)
    (top / "plugins").write_text(PLUGINS)
    (top / "no-environment.conf").write_text("")
    (top / "rabbitmq.conf").write_text(
        CONFIGURATION.format(password=layout.password, **vars(layout.ports))
    )
    return layout


def free_ports() -> dict[str, int]:
    """Reserve a loopback port for each thing that listens."""
    names = list(Ports.__dataclass_fields__)
    return dict(zip(names, reserve_ports(len(names)), strict=True))
