"""What a headless browser lacks: a push service, the permission to notify, and a place to show notifications.

Everything else is real: the pages, the service worker, and the pushes that the browser hands to it.
"""

import json
from typing import Any

from playwright.sync_api import BrowserContext, CDPSession, Page, Worker

from tests.devices.test_api import keys

# Runs before a page's own scripts. What the service and its owner decided is kept with the tab.
SERVICE = """
window.asked = 0;
let permission = sessionStorage.getItem("permission") ?? PERMISSION;
Object.defineProperty(Notification, "permission", { get: () => permission });
Notification.requestPermission = async () => {
    window.asked += 1;
    permission = permission === "default" ? ANSWER : permission;
    sessionStorage.setItem("permission", permission);
    return permission;
};
const decode = (text) => {
    const letters = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
};
const subscription = ({ key, ...told }) => ({
    endpoint: told.endpoint,
    options: { applicationServerKey: decode(key).buffer },
    toJSON: () => ({ expirationTime: null, ...told }),
    unsubscribe: async () => { sessionStorage.removeItem("subscription"); return true; },
});
const found = () => JSON.parse(sessionStorage.getItem("subscription"));
PushManager.prototype.getSubscription = async () => found() && subscription(found());
PushManager.prototype.subscribe = async ({ applicationServerKey: key, userVisibleOnly }) => {
    if (!userVisibleOnly) throw new DOMException("only what is shown", "NotAllowedError");
    if (found()?.key !== key && found()) throw new DOMException("another key", "InvalidStateError");
    const number = Number(localStorage.getItem("subscribed")) + 1;
    localStorage.setItem("subscribed", number);
    const made = found() ?? { key, endpoint: `${ENDPOINT}/${number}`, keys: KEYS };
    sessionStorage.setItem("subscription", JSON.stringify(made));
    return subscription(made);
};
"""
# Runs in the service worker.
SCREEN = """() => {
    self.shown = new Map(), self.opened = [], self.badges = [];
    ServiceWorkerRegistration.prototype.showNotification = async (title, options) => {
        self.shown.set(options.tag, { title, ...options, close: () => self.shown.delete(options.tag) });
    };
    ServiceWorkerRegistration.prototype.getNotifications = async ({ tag }) =>
        [...self.shown.values()].filter((one) => one.tag === tag);
    Clients.prototype.openWindow = async (url) => { self.opened.push(`open ${url}`); };
    WindowClient.prototype.focus = async function () { self.opened.push(`focus ${this.url}`); };
    navigator.setAppBadge = async (unread) => { self.badges.push(unread); };
}"""
ENDPOINT = "https://updates.push.services.mozilla.com/wpush/v2/this-browser"


def install(context: BrowserContext, permission: str = "default", answer: str = "granted") -> None:
    """Give the pages of a browser a push service, with what its owner has decided and will answer."""
    values = {"PERMISSION": permission, "ANSWER": answer, "ENDPOINT": ENDPOINT, "KEYS": keys()}
    script = SERVICE.replace("${ENDPOINT}", ENDPOINT)
    for name, value in values.items():
        script = script.replace(name, json.dumps(value))
    context.add_init_script(f"if (location.protocol !== 'about:') {{ {script} }}")


class Screen:
    """Where a browser shows notifications: what its service worker makes of pushes."""

    def __init__(self, page: Page, worker: Worker) -> None:
        self.worker = worker
        self._cdp: CDPSession = page.context.new_cdp_session(page)
        self._registrations: list[Any] = []
        self._cdp.on("ServiceWorker.workerRegistrationUpdated", self._note)
        self._cdp.send("ServiceWorker.enable")
        self._page = page
        worker.evaluate(SCREEN)

    def _note(self, event: dict[str, Any]) -> None:
        self._registrations += event["registrations"]

    def push(self, data: Any) -> None:
        """Hand a push to the service worker, as the push service's connection does; wait until it is done."""
        while not self._registrations:
            self._page.wait_for_timeout(20)
        registration = self._registrations[-1]
        text = data if isinstance(data, str) else json.dumps(data)
        self._cdp.send(
            "ServiceWorker.deliverPushMessage",
            {
                "origin": registration["scopeURL"].rstrip("/"),
                "registrationId": registration["registrationId"],
                "data": text,
            },
        )

    @property
    def shown(self) -> list[list[Any]]:
        """Title, text and tag of the notifications on the screen."""
        found: list[list[Any]] = self.worker.evaluate(
            "[...self.shown.values()].map(({ title, body, tag }) => [title, body, tag])"
        )
        return found

    def click(self, tag: str) -> str:
        """Click a notification; return what the browser was asked for: `open` or `focus`, and the address."""
        clicked: str = self.worker.evaluate(
            "tag => open(self.shown.get(tag)).then(() => self.opened.at(-1))", tag
        )
        return clicked

    @property
    def badges(self) -> list[int]:
        """What the app's badge was set to."""
        found: list[int] = self.worker.evaluate("self.badges")
        return found
