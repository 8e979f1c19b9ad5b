"""The client of a backend: the thin layer that speaks to its tools, in backend units."""

# ruff: noqa: ARG002 - hooks that do nothing by default keep the parameters of the contract

from __future__ import annotations

from typing import TYPE_CHECKING

from waldur_site_agent.backend import logger
from waldur_site_agent.backend.commands import run
from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.backend.redaction import show_command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waldur_site_agent.backend.structures import Association, ClientResource

MKHOMEDIR_HELPER = "/sbin/mkhomedir_helper"


class BaseClient:
    """What :class:`~waldur_site_agent.backend.backends.BaseBackend` asks of a backend.

    A client implements what its backend uses. What it leaves out answers neutrally when it reads,
    and raises BackendError when it writes: a change that was not made never looks made.

    All methods raise BackendError for the backend's refusal, and BackendUnavailableError where it
    could not be asked. Limits are in backend units.
    """

    command_timeout_seconds: float = 300.0
    """How long a command may take. A longer one is ended, and counts as an outage."""

    def list_resources(self) -> list[ClientResource]:
        """List all resources."""
        return []

    def get_resource(self, resource_id: str) -> ClientResource | None:
        """Look a resource up.

        Returns:
            The resource, or None only where the backend says that it has none. A client that
            could not ask raises.
        """
        return None

    def create_resource(
        self, name: str, description: str, organization: str, parent_name: str | None = None
    ) -> str:
        """Create a resource.

        Args:
            name: its id on the backend.
            description: for people to read.
            organization: the id of the parent it belongs to.
            parent_name: the parent in the backend's hierarchy.

        Returns:
            The tool's output or the resource's id; it is not read.
        """
        raise self._cannot("create_resource")

    def delete_resource(self, name: str) -> str:
        """Delete a resource."""
        raise self._cannot("delete_resource")

    def set_resource_limits(self, resource_id: str, limits_dict: dict[str, int]) -> str | None:
        """Set a resource's limits by the backend's component names."""
        raise self._cannot("set_resource_limits")

    def get_resource_limits(self, resource_id: str) -> dict[str, int]:
        """Read a resource's limits by the backend's component names; empty where none are set."""
        return {}

    def get_resource_user_limits(self, resource_id: str) -> dict[str, dict[str, int]]:
        """Read the limits of single users on a resource."""
        return {}

    def set_resource_user_limits(
        self, resource_id: str, username: str, limits_dict: dict[str, int]
    ) -> str:
        """Set the limits of one user on a resource; an empty mapping clears them."""
        raise self._cannot("set_resource_user_limits")

    def get_association(self, user: str, resource_id: str) -> Association | None:
        """Look up whether a user is on a resource; None only where the backend says not."""
        return None

    def create_association(
        self, username: str, resource_id: str, default_account: str | None = None
    ) -> str:
        """Put a user on a resource."""
        raise self._cannot("create_association")

    def delete_association(self, username: str, resource_id: str) -> str:
        """Take a user off a resource."""
        raise self._cannot("delete_association")

    def get_usage_report(
        self, resource_ids: list[str], timezone: str | None = None
    ) -> list[object]:
        """Read raw usage records of the current month, for the backend class to add up."""
        return []

    def list_resource_users(self, resource_id: str) -> list[str]:
        """List the names of a resource's users."""
        return []

    def execute_command(self, command: Sequence[str], silent: bool = False) -> str:
        """Run a command of the backend's tools. See :func:`waldur_site_agent.backend.commands.run`.

        Args:
            command: the program and its arguments, one word each. No shell reads them.
            silent: leave out the log line about a failure, where failing is an answer.

        Returns:
            What it wrote, standard error included.

        Raises:
            BackendUnavailableError: it could not be started, or did not end in
                ``command_timeout_seconds``.
            BackendError: it ended with another exit code than 0; the text is what it wrote.
        """
        logger.debug("Running %s", show_command(list(map(str, command))))
        completed = run(command, timeout=self.command_timeout_seconds)
        if completed.exit_code == 0:
            return completed.output
        if not silent:
            logger.warning("%s ended with %d", command[0], completed.exit_code)
        said = completed.output.strip()
        raise BackendError(said or f"{command[0]} ended with {completed.exit_code}, saying nothing")

    def create_linux_user_homedir(self, username: str, umask: str = "") -> str:
        """Create a user's home directory from the skeleton; one that exists stays as it is.

        Args:
            username: a user known to the system.
            umask: octal digits; the helper's own default where empty.
        """
        return self.execute_command([MKHOMEDIR_HELPER, username, *([umask] if umask else [])])

    def _cannot(self, operation: str) -> BackendError:
        return BackendError(f"{type(self).__name__} has no {operation}")


class UnknownClient(BaseClient):
    """Stands where a backend has no client: reads nothing, refuses to write."""
