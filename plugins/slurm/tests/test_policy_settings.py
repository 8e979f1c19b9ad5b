"""What a policy says, read and compared with an account (pure)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent_slurm.limit_types import LimitType
from waldur_site_agent_slurm.policy_changes import account_change
from waldur_site_agent_slurm.policy_settings import PolicySettings, parse_policy_settings
from waldur_site_agent_slurm.snapshot import Account
from waldur_site_agent_slurm.usage_notes import is_zeroed, with_note

GROUP, EACH, HELD = LimitType.GRP_TRES_MINS, LimitType.MAX_TRES_MINS, LimitType.GRP_TRES
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
LEGACY = {"qos_threshold": {"billing": 1}, "grace_limit": 2, "carryover_details": {}}


@pytest.mark.parametrize(
    ("said", "limits"),
    [
        ({"grp_tres_mins": {"billing": 119400}}, {GROUP: {"billing": 119400}}),
        ({"max_tres_mins": {"cpu": 60}}, {EACH: {"cpu": 60}}),
        ({"grp_tres": {"gres/gpu:a100": 4}}, {HELD: {"gres/gpu:a100": 4}}),
        ({"limit_type": "MaxTRESMins", "grp_tres_mins": {"cpu": 5}}, {EACH: {"cpu": 5}}),
        ({"limit_type": "MaxTRESMins", "max_tres_mins": {"cpu": 5}}, {EACH: {"cpu": 5}}),
        ({"limit_type": "GrpTRES", "grp_tres_mins": {"cpu": 5}}, {HELD: {"cpu": 5}}),
        (
            {"grp_tres_mins": {"cpu": 5}, "max_tres_mins": {"cpu": 6}},
            {GROUP: {"cpu": 5}, EACH: {"cpu": 6}},
        ),
        (
            {"grp_tres_mins": {"cpu": "72000", "mem": 119531.25}},
            {GROUP: {"cpu": 72000, "mem": 119531}},
        ),
        ({"grp_tres_mins": {"cpu": 164249.99999999997}}, {GROUP: {"cpu": 164249}}),
        ({"grp_tres_mins": {"cpu": 0, "mem": -1}}, {GROUP: {"cpu": 0, "mem": -1}}),
        ({"grp_tres_mins": {}, "max_tres_mins": None}, {}),
        (LEGACY, {}),
    ],
)
def test_limits_by_kind(said: dict[str, Any], limits: dict[LimitType, dict[str, int]]) -> None:
    assert parse_policy_settings(said).limits == limits


def test_the_setting_says_what_is_meant_where_the_message_does_not() -> None:
    said = {"grp_tres_mins": {"cpu": 5}}
    assert parse_policy_settings(said, default=HELD).limits == {HELD: {"cpu": 5}}
    named = {**said, "limit_type": "GrpTRESMins"}
    assert parse_policy_settings(named, default=HELD).limits == {GROUP: {"cpu": 5}}


@pytest.mark.parametrize(
    ("said", "shares"), [(641, 641), ("641", 641), (641.0, 641), (0, 0), (None, None)]
)
def test_shares(said: object, shares: int | None) -> None:
    assert parse_policy_settings({"fairshare": said}).fairshare == shares


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ({"fairshare": 1.5}, "fairshare"),
        ({"fairshare": -1}, "fairshare"),
        ({"fairshare": 2**31 - 1}, "fairshare"),
        ({"fairshare": True}, "fairshare"),
        ({"fairshare": "parent"}, "fairshare"),
        ({"fairshare": float("inf")}, "fairshare"),
        ({"grp_tres_mins": [1]}, "grp_tres_mins"),
        ({"grp_tres_mins": {"cpu": None}}, "grp_tres_mins"),
        ({"max_tres_mins": {"cpu": "5 hours"}}, "max_tres_mins"),
        ({"grp_tres_mins": {"cpu,mem": 5}}, "TRES"),
        ({"grp_tres": {"cpu=5 Fairshare": 5}}, "TRES"),
        ({"limit_type": "GrpWall"}, "limit_type"),
        ({"limit_type": ["GrpTRES"]}, "limit_type"),
        ({"reset_raw_usage": "yes"}, "reset_raw_usage"),
    ],
)
def test_what_slurm_could_not_take_is_refused_by_its_name(said: dict[str, Any], key: str) -> None:
    with pytest.raises(BackendError, match=key):
        parse_policy_settings(said)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["fairshare", "limit_type", "grp_tres_mins", "max_tres_mins", "grp_tres", "reset_raw_usage"]
)


@given(said=st.dictionaries(KEYS | st.just("timestamp"), ANYTHING))
def test_whatever_comes_is_read_or_refused(said: dict[str, Any]) -> None:
    try:
        settings = parse_policy_settings(said)
    except BackendError:
        return
    assert settings.fairshare is None or settings.fairshare >= 0


ACCOUNT = Account(name="a_x1", fairshare=666, limits={"billing": 119400, "cpu": 1000})


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (PolicySettings(), ()),
        (PolicySettings(fairshare=666, limits={GROUP: {"billing": 119400}}), ()),
        (PolicySettings(fairshare=500, limits={GROUP: {"billing": 119400}}), ("Fairshare=500",)),
        (PolicySettings(fairshare=0), ("Fairshare=0",)),
        (
            PolicySettings(limits={GROUP: {"billing": 120000, "cpu": 1000}}),
            ("GrpTRESMins=billing=120000",),
        ),
        (PolicySettings(limits={GROUP: {"cpu": -1, "mem": -1}}), ("GrpTRESMins=cpu=-1",)),
        (PolicySettings(limits={GROUP: {"cpu": 0}}), ("GrpTRESMins=cpu=0",)),
        (
            PolicySettings(fairshare=1, limits={EACH: {"cpu": 5}, HELD: {"node": 2, "cpu": 3}}),
            ("Fairshare=1", "MaxTRESMins=cpu=5", "GrpTRES=cpu=3,node=2"),
        ),
    ],
)
def test_only_what_differs_is_written(wanted: PolicySettings, words: tuple[str, ...]) -> None:
    change = account_change(ACCOUNT, wanted)
    assert change.words == words
    assert account_change(change.wanted, wanted).words == (), "then it is so"


@pytest.mark.parametrize(
    ("asked_at", "is_so"),
    [
        (NOON, True),
        (NOON.replace(hour=11), True),
        (NOON.replace(hour=13), False),
        (None, False),
    ],
)
def test_the_note_tells_whether_usage_was_zeroed(asked_at: datetime | None, is_so: bool) -> None:
    paused = "Climate [before the pause: QOS=extra DefaultQOS=extra]"
    for cluster in ("HPC.2", ""):
        noted = with_note(paused, NOON, cluster=cluster).lower()
        assert is_zeroed(noted, asked_at, cluster=cluster) is is_so
        assert not is_zeroed(noted, asked_at, cluster="hpc")
    assert not is_zeroed("Climate", asked_at, cluster="hpc")


@given(
    description=st.text(st.characters(codec="ascii", exclude_characters="[]"), max_size=30),
    earlier=st.datetimes(timezones=st.just(UTC)),
    later=st.datetimes(timezones=st.just(UTC)),
)
def test_each_cluster_has_one_note_and_it_is_the_last(
    description: str, earlier: datetime, later: datetime
) -> None:
    other = with_note(description, earlier, cluster="other")
    first = with_note(other, earlier, cluster="hpc")
    noted = with_note(first.lower(), later, cluster="hpc")
    assert noted.count("[") == 2
    assert noted.startswith(description.lower())
    assert is_zeroed(noted, later, cluster="hpc")
    assert is_zeroed(noted, earlier, cluster="other")


@pytest.mark.parametrize("moment", [None, "", "soon", 5, ["2026"]])
def test_what_is_no_moment_says_nothing(moment: object) -> None:
    assert parse_policy_settings({"timestamp": moment}).asked_at is None


def test_a_moment_without_a_zone_is_utc() -> None:
    assert parse_policy_settings({"timestamp": "2026-11-01T12:00:00"}).asked_at == NOON
    assert parse_policy_settings({"timestamp": "2026-11-01T14:00:00+02:00"}).asked_at == NOON
