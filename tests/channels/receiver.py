"""A program that a member connected: it believes what the library says is signed with its secret."""

import ssl
from types import SimpleNamespace
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from hackitech.channels.webhook import new_secret
from tests.channels.push_server import PushServer
from tests.channels.scripted_server import Asked


class Receiver(PushServer):
    """Answers 201 to what is signed for it, 401 to what is not, and by `scripts` where a path has one."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(tls)
        self.secret = new_secret()

    def accepts(self, push: Asked) -> bool:
        """Return whether the request is signed with this receiver's secret, within the last minutes."""
        try:
            self.read(push)
        except WebhookVerificationError:
            return False
        return True

    def read(self, push: Asked) -> dict[str, Any]:
        """Return what a request says, as a receiver reads it.

        Raises:
            WebhookVerificationError: somebody else wrote it, or changed it, or sent it again much later.
        """
        found: dict[str, Any] = Webhook(self.secret).verify(push.body, push.headers)
        return found

    def address(self, path: str = "/hook") -> SimpleNamespace:
        """Return the address of a webhook that was registered at a path of this server."""
        return SimpleNamespace(kind="webhook", address=f"{self.origin}{path}", secret=self.secret)
