"""Where Web Push may go: known push services only, over TLS, and never into our own network."""

import ipaddress
import re
import socket
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from hackitech.channels.base import Technical, Temporary

SERVICES = ("fcm.googleapis.com", "updates.push.services.mozilla.com", "web.push.apple.com")
SERVICE_DOMAINS = (".push.services.mozilla.com", ".notify.windows.com", ".push.apple.com")
LONGEST = 2000
_PLAIN = re.compile(r"[!-\[\]-~]+")  # visible ASCII, without the backslash


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A push service's address, taken apart once: what was checked is what is called."""

    host: str
    port: int
    path: str
    over_tls: bool
    for_tests: bool
    """Its host is allowed by PUSH_HOSTS, so it may be on this machine."""

    @property
    def origin(self) -> str:
        """The audience of what we sign for this service (RFC 6454)."""
        scheme, usual = ("https", 443) if self.over_tls else ("http", 80)
        return f"{scheme}://{self.host}" + ("" if self.port == usual else f":{self.port}")


def parse_endpoint(url: str, test_hosts: Collection[str]) -> Endpoint:
    """Return the parts of an endpoint that may be called; `test_hosts` are `host` or `host:port`.

    Raises:
        ValueError: it may not; the text says why.
    """
    if len(url) > LONGEST or not _PLAIN.fullmatch(url):
        raise ValueError("is not an address")
    parts, port = _split(url)
    host, over_tls = parts.hostname or "", parts.scheme == "https"
    for_tests = host in test_hosts or f"{host}:{port}" in test_hosts
    if "@" in parts.netloc or "#" in url:
        raise ValueError("may carry neither a user nor a fragment")
    if not for_tests and not (over_tls and port == 443):
        raise ValueError("must be https on the usual port")
    if not for_tests and host not in SERVICES and not host.endswith(SERVICE_DOMAINS):
        raise ValueError("is not of a push service that we know")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Endpoint(host, port, path, over_tls, for_tests)


def _split(url: str) -> tuple[SplitResult, int]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("is not an address") from None
    if parts.scheme not in ("http", "https"):
        raise ValueError("must be https")
    if port is None:
        port = 443 if parts.scheme == "https" else 80
    return parts, port


def resolve(endpoint: Endpoint) -> list[str]:
    """Return the addresses to connect to, all of them public unless the host is for tests.

    Raises:
        Temporary: the name cannot be resolved now.
        Technical: it leads into a private network.
    """
    try:
        found = socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    except OSError:
        raise Temporary("the push service's name cannot be resolved") from None
    addresses = [str(sockaddr[0]) for *_, sockaddr in found]
    if not endpoint.for_tests and not all(map(_is_public, addresses)):
        raise Technical("the push service's name leads to an address that is not public")
    return addresses


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address)
    inner = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None) or ip
    return ip.is_global and inner.is_global and not ip.is_multicast
