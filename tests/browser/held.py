"""A slow network, for one address."""

from playwright.sync_api import Page, Route


class Held:
    """Requests to an address, which wait until they are let go."""

    def __init__(self, page: Page, url: str) -> None:
        self._page, self._url = page, url
        self._routes: list[Route] = []
        page.route(url, self._hold)

    def _hold(self, route: Route) -> None:
        self._routes.append(route)

    def wait_for_one(self) -> None:
        """Wait until there is a request."""
        while not self._routes:
            self._page.wait_for_timeout(10)  # milliseconds

    def let_go(self) -> None:
        """Let them go on, and hold no more."""
        for route in self._routes:
            route.continue_()
        self._page.unroute(self._url, self._hold)
