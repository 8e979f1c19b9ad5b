"""Large worlds, here small ones, and the process that serves them."""

import json
import subprocess
import sys

import httpx2

from waldur_site_agent_testkit.mastermind.direct import transport
from waldur_site_agent_testkit.mastermind.large import Size, large_world

RESOURCES = "marketplace-provider-resources/"


def test_everybody_has_a_place_and_a_name() -> None:
    large = large_world(Size(resources=7, users=12, projects=3))
    headers = {"authorization": f"Token {large.agent.token}"}
    with httpx2.Client(
        transport=transport(large.world), base_url="http://m/api/", headers=headers
    ) as client:
        resources = client.get("marketplace-provider-resources/").json()
        team = client.get(f"marketplace-provider-resources/{resources[3]['uuid']}/team/").json()

    assert [row["backend_id"] for row in resources] == [f"hpc_0000{n}" for n in range(7)]
    assert {row["state"] for row in resources} == {"OK"}
    names = [(member["offering_user_username"], member["offering_user_state"]) for member in team]
    assert names == [(f"user000{n:02}", "OK") for n in (0, 3, 6, 9)]


def test_a_process_of_its_own() -> None:
    command = [sys.executable, "-m", "waldur_site_agent_testkit.mastermind"]
    options = ["--resources", "2", "--users", "3", "--projects", "1", "--refuses", "team"]
    with subprocess.Popen(  # noqa: S603 - our own module
        [*command, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        headers = {"authorization": f"Token {told['token']}"}
        answer = httpx2.get(f"{told['api_url']}marketplace-offering-users/", headers=headers)
        resource = httpx2.get(f"{told['api_url']}{RESOURCES}", headers=headers).json()[0]["uuid"]
        team = httpx2.get(f"{told['api_url']}{RESOURCES}{resource}/team/", headers=headers)
        process.stdin.close()
        assert process.wait(timeout=30) == 0

    assert team.status_code == 403
    assert answer.headers["x-result-count"] == "3"
    assert {row["offering_uuid"] for row in answer.json()} == {told["offering_uuid"]}
