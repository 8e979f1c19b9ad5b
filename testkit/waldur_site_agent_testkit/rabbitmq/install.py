"""``python -m waldur_site_agent_testkit.rabbitmq.install``: RabbitMQ, from Debian."""

from __future__ import annotations

import sys

from waldur_site_agent_testkit.debian import Service

RABBITMQ = Service(
    "A real RabbitMQ",
    programs=("rabbitmq-server", "epmd", "erl"),
    packages=("rabbitmq-server",),
)

if __name__ == "__main__":
    sys.exit(RABBITMQ.main())
