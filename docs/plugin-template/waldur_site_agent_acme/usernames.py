"""The names under which Acme knows an offering's users."""

from contextlib import closing

from waldur_site_agent.backend.backends import AbstractUsernameManagementBackend
from waldur_site_agent.backend.exceptions import OfferingUserAccountLinkingRequiredError
from waldur_site_agent.backend.waldur_objects import WaldurOfferingUser
from waldur_site_agent_acme.client import client_for

HOW_TO_LINK = "Sign in to Acme once with the e-mail address that you have in Waldur."


class AcmeUsernames(AbstractUsernameManagementBackend):
    """Looks people up by e-mail. Acme makes its accounts itself, so none is made here."""

    def get_username(self, offering_user: WaldurOfferingUser) -> str | None:
        """Look up the name that somebody has already."""
        email = offering_user.user_email
        if not email:
            return None
        with closing(client_for(self.backend_settings)) as client:
            return client.find_account(email)

    def generate_username(self, offering_user: WaldurOfferingUser) -> str:
        """Have the user wait, and tell in Waldur what is to be done."""
        del offering_user
        raise OfferingUserAccountLinkingRequiredError(HOW_TO_LINK)
