"""Rules about more than one key, or more than one offering."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from waldur_site_agent.config.problems import Problem

OTHER_UUID = "00000000-5567-425d-a9cd-bdc1af67b32c"
SAME_WITHOUT_DASHES = "D629D5E45567425DA9CDBDC1AF67B32C"
ORDERS = {"order_processing_backend": "slurm"}


def only(problems: tuple[Problem, ...]) -> Problem:
    (problem,) = problems
    return problem


def test_no_offering_is_advice(site: Any) -> None:
    site.write_root(offerings=[])

    warning = only(site.warnings())

    assert (warning.key, warning.expected) == ("offerings", "an offering to work on")
    assert not warning.fails_check


@pytest.mark.parametrize(
    "uuid", ["d629d5e4", "HPC cluster", "d629d5e4-5567-425d-a9cd-bdc1af67b32z"]
)
def test_what_is_no_uuid_is_a_warning(site: Any, uuid: str) -> None:
    site.write_offerings({"waldur_offering_uuid": uuid})

    warning = only(site.warnings())

    assert (warning.key, warning.found) == ("waldur_offering_uuid", f'"{uuid}"')
    assert warning.fails_check


def test_members_that_nothing_synchronises(site: Any) -> None:
    site.write_offerings({"stomp_membership_sync_enabled": True})

    warning = only(site.warnings())

    assert warning.key == "stomp_membership_sync_enabled"
    assert warning.hint == "Members are synchronised by nothing this way."


PERIODIC = {"backend_settings": {"periodic_limits": {"enabled": True}}}


def test_policies_that_nobody_hears_of(site: Any) -> None:
    site.write_offerings(PERIODIC)

    warning = only(site.warnings())

    assert warning.key == "backend_settings.periodic_limits.enabled"
    assert warning.hint == "Only events tell what policies set, so none of it is applied this way."


@pytest.mark.parametrize(
    "keys",
    [
        {"stomp_enabled": True, **PERIODIC},
        {"backend_settings": {"periodic_limits": {"enabled": False}}},
        {"backend_settings": {"periodic_limits": None}},
    ],
)
def test_policies_that_are_heard_of_or_not_wanted(site: Any, keys: dict[str, Any]) -> None:
    site.write_offerings(keys)

    assert site.warnings() == ()


@pytest.mark.parametrize(
    "keys",
    [
        {"stomp_enabled": True, "stomp_membership_sync_enabled": True},
        {"stomp_enabled": True, "stomp_membership_sync_enabled": False},
        {"stomp_membership_sync_enabled": False},
    ],
)
def test_members_that_something_synchronises(site: Any, keys: dict[str, bool]) -> None:
    site.write_offerings(keys)

    assert site.warnings() == ()


def test_the_same_name_twice_is_advice(site: Any) -> None:
    site.write_offerings({}, {"name": " HPC ", "waldur_offering_uuid": OTHER_UUID})

    warning = only(site.warnings())

    assert (warning.key, warning.found) == ("name", "the name of offerings[0] again")
    assert not warning.fails_check


def test_two_blocks_that_do_the_same_for_one_offering(site: Any) -> None:
    both = {**ORDERS, "membership_sync_backend": "slurm"}
    site.write_offerings(
        both,
        {**both, "name": "Other", "waldur_offering_uuid": SAME_WITHOUT_DASHES},
    )

    problem = only(site.problems())

    assert (problem.offering, problem.key) == ("Other", "waldur_offering_uuid")
    assert problem.found == (
        "the offering of offerings[0] again, both with "
        "order_processing_backend and membership_sync_backend"
    )


@pytest.mark.parametrize(
    "second",
    [
        {"membership_sync_backend": "slurm"},
        {**ORDERS, "waldur_offering_uuid": OTHER_UUID},
        {**ORDERS, "waldur_api_url": "https://other.example.org/api/"},
    ],
)
def test_two_blocks_that_do_different_things(site: Any, second: dict[str, str]) -> None:
    site.write_offerings(ORDERS, {"name": "Other", **second})

    assert site.warnings() == ()
