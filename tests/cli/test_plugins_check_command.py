"""``waldur_site_agent plugins check``: a plugin tried out, and nothing changed."""

from __future__ import annotations

import json
from typing import Any

import pytest


@pytest.fixture
def site(stand: Any) -> Any:
    """A resource that Waldur and the backend know."""
    stand.configure(stand.offering(plugin="lasting"))
    order = stand.order()
    (stand.folder / "cluster.json").write_text("{}")
    assert stand.agent("-m", "order_process", "--once").code == 0
    assert order.resource.backend_id == "hpc_a"
    return stand


def check(site: Any, *words: str) -> Any:
    return site.run("waldur_site_agent", "plugins", "check", *words)


def with_file(site: Any, *words: str, name: str = "lasting") -> Any:
    return check(site, name, "-c", str(site.config_file), *words)


def test_each_reading_hook_is_tried_and_nothing_is_changed(site: Any) -> None:
    cluster = (site.folder / "cluster.json").read_text()
    site.small.world.calls.clear()

    ended = with_file(site)

    assert ended.code == 0, ended.said
    lines = [line.split(" (")[0].split() for line in ended.out.splitlines()[3:]]
    tried = {" ".join(line[1:]): line[0] for line in lines}
    assert tried == {
        "ping": "fine",
        "components": "fine",
        "all resources": "fine",
        "resources of Waldur": "fine",
        "members": "fine",
        "limits": "fine",
        "states": "fine",
        "metadata": "fine",
        "this month's usage": "fine",
    }
    assert "hpc_a: as in Waldur" in ended.out
    assert site.writes() == []
    assert (site.folder / "cluster.json").read_text() == cluster


def test_what_differs_is_told_beside_what_waldur_has(site: Any) -> None:
    cluster = json.loads((site.folder / "cluster.json").read_text())
    cluster["hpc_a"]["limits"]["cpu"] = 120
    (site.folder / "cluster.json").write_text(json.dumps(cluster))

    assert "hpc_a: cpu=2 (Waldur: 10)" in with_file(site).out


def test_what_the_backend_lost_is_a_failure(site: Any) -> None:
    (site.folder / "cluster.json").write_text("{}")

    ended = with_file(site)

    assert ended.code == 1
    assert "FAILED  resources of Waldur" in ended.err
    assert "the backend does not have hpc_a" in ended.err
    assert "skipped limits" in ended.out


def test_an_order_is_planned_and_left_alone(site: Any) -> None:
    order = site.small.world.order_update(
        next(iter(site.small.world.state.resources.values())), {"cpu": 20}
    )

    ended = with_file(site, "--order", order.uuid)

    assert "Update 'A'" in ended.out
    assert "cpu=20" in ended.out
    assert order.state == "pending-provider"


def test_without_a_file_only_the_plugin_is_looked_at(site: Any) -> None:
    ended = check(site, "lasting")

    assert ended.code == 0
    assert ended.out.startswith("backend lasting: plugins-for-tests 1.0")
    assert "ping" not in ended.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere"], 'no installed distribution provides the backend "nowhere"'),
        (["broken"], "No module named 'a_library_that_is_not_there'"),
        (["memory", "-c", "config.yaml"], "no offering names the plugin 'memory'"),
        (["lasting", "-c", "config.yaml", "--offering", "X"], "there is no offering 'X'"),
        (["lasting", "-c", "not-there.yaml"], "not-there.yaml"),
    ],
)
def test_what_cannot_be_tried_is_told(site: Any, words: list[str], said: str) -> None:
    ended = check(site, *words)

    assert ended.code == 2
    assert said in ended.err


def test_a_backend_that_is_out_of_order_ends_the_trial_at_its_ping(stand: Any) -> None:
    stand.configure(stand.offering(plugin="grumpy"))

    ended = with_file(stand, name="grumpy")

    assert ended.code == 1
    assert "the licence of the cluster has run out" in ended.err
