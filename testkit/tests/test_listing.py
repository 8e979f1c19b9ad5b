"""Pages, filters, the choice of fields, order."""

from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from waldur_site_agent_testkit.mastermind.example import SmallWorld
from waldur_site_agent_testkit.mastermind.identifiers import hex_of
from waldur_site_agent_testkit.mastermind.state import ResourceState

RESOURCES = "marketplace-provider-resources/"


@pytest.fixture
def many(small: SmallWorld) -> SmallWorld:
    for number in range(23):
        resource = small.world.add_resource(small.project, small.offering, f"work {number:02}")
        resource.state = ResourceState.ERRED if number % 2 else ResourceState.OK
    return small


def names(answer: httpx2.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["name"] for row in answer.json()]


@pytest.mark.parametrize(
    ("query", "size", "relations"),
    [
        ({}, 10, {"first": 1, "next": 2, "last": 3}),
        ({"page": "2"}, 10, {"first": 1, "prev": 1, "next": 3, "last": 3}),
        ({"page": "3"}, 3, {"first": 1, "prev": 2, "last": 3}),
        ({"page_size": "100"}, 23, {"first": 1, "last": 1}),
        ({"page_size": "0"}, 10, {"first": 1, "next": 2, "last": 3}),
    ],
)
@pytest.mark.usefixtures("many")
def test_pages(
    api: httpx2.Client, query: dict[str, str], size: int, relations: dict[str, int]
) -> None:
    answer = api.get(RESOURCES, params=query)

    assert len(answer.json()) == size
    assert answer.headers["x-result-count"] == "23"
    pages = {
        relation: int(parse_qs(urlsplit(link["url"]).query)["page"][0])
        for relation, link in answer.links.items()
    }
    assert pages == relations


@pytest.mark.usefixtures("many")
def test_following_next_sees_every_row_once(api: httpx2.Client) -> None:
    seen, url = [], f"{RESOURCES}?page_size=7&state=OK&state=Erred"
    while url:
        answer = api.get(url)
        seen += names(answer)
        url = answer.links.get("next", {}).get("url", "")

    assert seen == [f"work {number:02}" for number in range(23)]


def test_a_page_holds_at_most_300(small: SmallWorld, api: httpx2.Client) -> None:
    for number in range(301):
        small.world.add_project(small.customer, f"p{number}")
        small.world.set_username(small.world.add_user(f"u{number}"), small.offering, f"u{number}")

    answer = api.get("marketplace-offering-users/", params={"page_size": "1000"})

    assert (len(answer.json()), answer.headers["x-result-count"]) == (300, "301")


@pytest.mark.parametrize("page", ["4", "0", "-1", "last one"])
@pytest.mark.usefixtures("many")
def test_no_page_past_the_end(api: httpx2.Client, page: str) -> None:
    answer = api.get(RESOURCES, params={"page": page})

    assert (answer.status_code, answer.json()) == (404, {"detail": "Invalid page."})


def test_an_empty_listing_has_one_page(api: httpx2.Client) -> None:
    answer = api.get(RESOURCES)

    assert (answer.json(), answer.headers["x-result-count"]) == ([], "0")


@pytest.mark.usefixtures("many")
def test_head_counts_without_rows(api: httpx2.Client) -> None:
    answer = api.head(RESOURCES, params={"state": "OK"})

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["x-result-count"] == "12"


def test_fields_are_chosen_and_unknown_ones_ignored(many: SmallWorld, api: httpx2.Client) -> None:
    uuid = next(iter(many.world.state.resources))

    rows = api.get(f"{RESOURCES}?field=uuid&field=nonsense&page_size=1").json()
    one = api.get(f"{RESOURCES}{uuid}/?field=uuid&field=state").json()

    assert (rows, one) == ([{"uuid": uuid}], {"uuid": uuid, "state": "OK"})
    assert many.world.violations == []


def test_uuids_come_dashed_or_bare_and_go_bare(many: SmallWorld, api: httpx2.Client) -> None:
    bare = next(iter(many.world.state.resources))
    dashed = f"{bare[:8]}-{bare[8:12]}-{bare[12:16]}-{bare[16:20]}-{bare[20:]}"

    assert hex_of(dashed) == bare
    assert api.get(f"{RESOURCES}{dashed}/").json()["uuid"] == bare
    offering = many.offering.uuid
    dashed = f"{offering[:8]}-{offering[8:12]}-{offering[12:16]}-{offering[16:20]}-{offering[20:]}"
    answer = api.get(RESOURCES, params={"offering_uuid": dashed})
    assert answer.headers["x-result-count"] == "23"


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("state=OK", 12),
        ("state=OK&state=Erred", 23),
        ("state=Terminated", 0),
        ("offering_uuid={offering}", 23),
        ("offering_uuid={other},{offering}", 23),
        ("offering_uuid={other}&offering_uuid={offering}", 23),
        ("offering_uuid={other}", 0),
        ("project_uuid={project}", 23),
        ("name_exact=work+07", 1),
        ("name=WORK+0", 10),
        ("slug=work-07-1", 1),
        ("paused=true", 0),
        ("paused=false", 23),
        ("downscaled=true", 0),
        ("modified=2020-01-01T00:00:00Z", 23),
        ("modified=2999-01-01T00:00:00Z", 0),
        ("modified_before=2999-01-01T00:00:00%2B00:00", 23),
        ("backend_id=", 23),
    ],
)
def test_filters(many: SmallWorld, api: httpx2.Client, query: str, count: int) -> None:
    other = many.world.add_offering(many.customer, "Other")
    filled = query.format(offering=many.offering.uuid, other=other.uuid, project=many.project.uuid)

    answer = api.get(f"{RESOURCES}?{filled}")

    assert answer.headers["x-result-count"] == str(count)
    assert many.world.violations == []


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        (
            "state=ok",
            {"state": ["Select a valid choice. ok is not one of the available choices."]},
        ),
        ("offering_uuid=1", {"offering_uuid": ["Enter a valid UUID."]}),
        ("modified=yesterday", {"modified": ["Enter a valid date/time."]}),
    ],
)
def test_nonsense_in_a_filter(api: httpx2.Client, query: str, complaint: object) -> None:
    answer = api.get(f"{RESOURCES}?{query}")

    assert (answer.status_code, answer.json()) == (400, complaint)


@pytest.mark.usefixtures("many")
def test_order(api: httpx2.Client) -> None:
    assert names(api.get(f"{RESOURCES}?o=-name&page_size=2")) == ["work 22", "work 21"]
    assert names(api.get(f"{RESOURCES}?o=name&page_size=2")) == ["work 00", "work 01"]


def test_rows_move_between_pages_when_something_changes(
    many: SmallWorld, api: httpx2.Client
) -> None:
    query = f"{RESOURCES}?page_size=10&state=OK"
    first = names(api.get(query))
    gone = next(iter(many.world.state.resources.values()))
    many.world.fail_resource(gone)

    second = api.get(f"{query}&page=2")

    assert (first[0], first[-1]) == ("work 00", "work 18")
    assert names(second) == ["work 22"]
    assert second.headers["x-result-count"] == "11"


def test_what_is_told_between_pages_moves_rows_too(many: SmallWorld, api: httpx2.Client) -> None:
    query = f"{RESOURCES}?page_size=10&state=OK"
    api.get(query)
    gone = next(iter(many.world.state.resources))
    api.post(f"{RESOURCES}{gone}/set_as_erred/", json={})

    assert names(api.get(f"{query}&page=2")) == ["work 22"]
