"""What a browser complains of: console errors, uncaught exceptions, violations of the security policy."""

from playwright.sync_api import BrowserContext, ConsoleMessage, WebError

KINDS = ("error", "warning")


class Complaints:
    """Everything that the pages of a test complained of."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self._expected: list[str] = []

    def listen_to(self, context: BrowserContext) -> None:
        """Hear every page of a browser, those that it opens later too."""
        context.on("console", self._console)
        context.on("weberror", self._error)

    def expect(self, *parts: str) -> None:
        """Accept complaints that contain one of these."""
        self._expected += parts

    def unexpected(self) -> list[str]:
        """Return what nobody expected."""
        return [text for text in self.heard if not any(part in text for part in self._expected)]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in KINDS:
            self.heard.append(f"{message.type}: {message.text}")

    def _error(self, error: WebError) -> None:
        self.heard.append(f"exception: {error.error}")
