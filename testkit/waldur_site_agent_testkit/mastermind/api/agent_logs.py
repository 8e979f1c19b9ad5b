"""`marketplace-site-agent-logs`: lines that agents send of their logs."""

from datetime import datetime
from enum import StrEnum

from waldur_site_agent_testkit.mastermind.api import bodies, reach
from waldur_site_agent_testkit.mastermind.api.answers import Invalid, json_answer
from waldur_site_agent_testkit.mastermind.api.bodies import Body, Key
from waldur_site_agent_testkit.mastermind.api.exchange import Answer
from waldur_site_agent_testkit.mastermind.api.request import Request
from waldur_site_agent_testkit.mastermind.api.routing import Route
from waldur_site_agent_testkit.mastermind.state import AgentIdentity, AgentLogLine

MOST_LINES = 100


class Level(StrEnum):
    """Levels, as Python's logging names them."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"
    CRITICAL = "CRITICAL"


def create(request: Request) -> Answer:
    """Keep lines of agents at offerings that the user manages: all of them, or none."""
    lines = bodies.read_all(
        request,
        agent_identity_uuid=Key(bodies.identifier, required=True),
        timestamp=Key(bodies.moment, required=True),
        level=Key(bodies.choice(Level), required=True),
        message=Key(bodies.filled, required=True),
        module=Key(bodies.text),
    )
    if len(lines) > MOST_LINES:
        raise Invalid({"non_field_errors": [f"Send at most {MOST_LINES} lines."]})
    told = [(_identity(request, line), _line(line)) for line in lines]
    for identity, line in told:
        identity.log.append(line)
    return json_answer(201, {"created": len(told)})


def _identity(request: Request, line: Body) -> AgentIdentity:
    identity = request.store.state.identities.get(line.uuid("agent_identity_uuid"))
    if identity is None or not reach.manages(request, identity.offering):
        raise Invalid({"agent_identity_uuid": ["Object does not exist."]})
    return identity


def _line(line: Body) -> AgentLogLine:
    return AgentLogLine(
        timestamp=datetime.fromisoformat(line.text("timestamp")),
        level=line.text("level"),
        message=line.text("message"),
        module=line.text("module"),
    )


ROUTES = (Route("POST", "marketplace-site-agent-logs/", create),)
