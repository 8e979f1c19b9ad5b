"""What agents are told by events that no other verb brings about."""

from collections.abc import Collection, Mapping

from waldur_site_agent_testkit.events.brokers import EventBroker
from waldur_site_agent_testkit.mastermind import announcing
from waldur_site_agent_testkit.mastermind.shapes import JSON, Object
from waldur_site_agent_testkit.mastermind.state import (
    ApiKey,
    ApiKeyState,
    ImportRequest,
    Offering,
    OfferingUser,
    Order,
    Project,
    Resource,
    User,
)
from waldur_site_agent_testkit.mastermind.verbs.base import Verbs, locked


class EventVerbs(Verbs):
    """Events. Without `publish_through` nobody hears of any."""

    @locked
    def publish_through(
        self, broker: EventBroker, *, unknown_object_types: Collection[str] = ()
    ) -> None:
        """Have a broker from now on; an older server does not know some object types."""
        self._store.broker = broker
        self._store.unknown_object_types = set(unknown_object_types)

    @locked
    def announce(self, offering: Offering, object_type: str, body: Object) -> None:
        """Tell an offering's agents anything at all."""
        announcing.announce(self._store, offering, object_type, body)

    @locked
    def announce_order(self, order: Order) -> None:
        """Tell of an order again, as the hourly task does for those that wait."""
        announcing.order(self._store, order)

    @locked
    def announce_resource(self, resource: Resource) -> None:
        """Tell of a resource again, as the hourly task does, or a user who pulls it."""
        announcing.resource(self._store, resource)

    @locked
    def announce_team(self, project: Project) -> None:
        """Ask for a look at a project's members, as staff can."""
        body: Object = {"project_uuid": project.uuid, "project_name": project.name}
        for offering in announcing.offerings_of(self._store, project):
            announcing.announce(self._store, offering, "user_role", body)

    @locked
    def sync_resources(self, offering: Offering, user: User) -> None:
        """Ask for a look at everything of an offering."""
        body: Object = {"offering_uuid": offering.uuid, "requested_by_user_uuid": user.uuid}
        announcing.announce(self._store, offering, "offering_resources_sync", body)

    @locked
    def request_import(self, offering: Offering) -> ImportRequest:
        """Ask what could be imported."""
        asked = ImportRequest(**self._store.birth(), offering=offering)
        self._store.keep(self.state.import_requests, asked)
        body: Object = {"backend_resource_request_uuid": asked.uuid}
        announcing.announce(self._store, offering, "importable_resources", body)
        return asked

    @locked
    def apply_periodic_limits(
        self, resource: Resource, policy_uuid: str, settings: dict[str, JSON]
    ) -> None:
        """Have a policy's settings applied to a resource."""
        body: Object = {
            "resource_uuid": resource.uuid,
            "backend_id": resource.backend_id,
            "policy_uuid": policy_uuid,
            "action": "apply_periodic_settings",
            "settings": settings,
            "timestamp": self.clock.now().replace(tzinfo=None).isoformat(),
        }
        announcing.announce(self._store, resource.offering, "resource_periodic_limits", body)

    @locked
    def rotate_key(self, key: ApiKey) -> None:
        """Ask for a new secret of a key, which waits for it from now on."""
        key.state = ApiKeyState.UPDATING
        self._store.touch(key)
        body: Object = {
            "action": "rotate",
            "resource_uuid": key.resource.uuid,
            "resource_backend_id": key.resource.backend_id,
            "api_key_uuid": key.uuid,
            "client_id": key.client_id,
        }
        announcing.announce(self._store, key.resource.offering, "resource_api_key_rotation", body)

    @locked
    def update_profile(self, account: OfferingUser, attributes: Mapping[str, str]) -> None:
        """Change what a user's profile says under such names as `email` and `first_name`."""
        for name, value in attributes.items():
            setattr(account.user, name, value)
        changed: list[JSON] = list(attributes)
        announcing.offering_user(
            self._store,
            account,
            "attribute_update",
            changed_attributes=changed,
            attributes=dict[str, JSON](attributes),
        )
