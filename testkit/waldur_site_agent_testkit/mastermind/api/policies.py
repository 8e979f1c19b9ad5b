"""`marketplace-slurm-periodic-usage-policies/`: verdicts on the settings that policies sent."""

from waldur_site_agent_testkit.mastermind.api import bodies, reach
from waldur_site_agent_testkit.mastermind.api.answers import Invalid, json_answer
from waldur_site_agent_testkit.mastermind.api.bodies import Key
from waldur_site_agent_testkit.mastermind.api.exchange import Answer
from waldur_site_agent_testkit.mastermind.api.request import Request
from waldur_site_agent_testkit.mastermind.api.routing import Route
from waldur_site_agent_testkit.mastermind.identifiers import hex_of
from waldur_site_agent_testkit.mastermind.shapes import JSON
from waldur_site_agent_testkit.mastermind.state import PeriodicVerdict

BASE = "marketplace-slurm-periodic-usage-policies"


def _texts(value: JSON) -> str | None:
    are = isinstance(value, list) and all(isinstance(item, str) for item in value)
    return None if are else "Not a valid list of strings."


def report_command_result(request: Request) -> Answer:
    """Note a verdict. The policies themselves are taken for granted."""
    body = bodies.read(
        request,
        resource_uuid=Key(bodies.identifier, required=True),
        success=Key(bodies.flag, required=True),
        error_message=Key(bodies.text),
        mode=Key(bodies.text),
        commands_executed=Key(_texts),
    )
    resource = request.store.state.resources.get(body.uuid("resource_uuid"))
    if resource is None or not reach.manages(request, resource.offering):
        raise Invalid({"resource_uuid": ["Object does not exist."]})
    verdict = PeriodicVerdict(
        policy_uuid=hex_of(request.params["uuid"]) or "",
        resource=resource,
        success=body.flag("success"),
        error_message=body.text("error_message"),
        commands_executed=body.texts("commands_executed"),
    )
    request.store.state.periodic_verdicts.append(verdict)
    return json_answer(201, {"status": "reported"})


ROUTES = (Route("POST", f"{BASE}/{{uuid}}/report-command-result/", report_command_result),)
