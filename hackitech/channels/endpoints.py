"""Where we may post: over TLS, to public hosts, never into our own network; push to known services only."""

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
_NAME = re.compile(r"([a-z0-9_-]+\.)+[a-z][a-z0-9-]*")  # of a domain: 127.1 is an address, in disguise

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address to post to, taken apart once: what was checked is what is called."""

    host: str
    port: int
    path: str
    over_tls: bool
    for_tests: bool
    """A setting names its host, so it may be on this machine."""

    @property
    def origin(self) -> str:
        """Its scheme and host (RFC 6454): the audience of what we sign for a push service."""
        scheme, usual = ("https", 443) if self.over_tls else ("http", 80)
        return f"{scheme}://{self.host}" + ("" if self.port == usual else f":{self.port}")


def parse_endpoint(url: str, test_hosts: Collection[str]) -> Endpoint:
    """Return the parts of a push service's address; `test_hosts` are `host` or `host:port`.

    Raises:
        ValueError: it may not be called; the text says why.
    """
    endpoint = parse_public_endpoint(url, test_hosts)
    known = endpoint.host in SERVICES or endpoint.host.endswith(SERVICE_DOMAINS)
    if not endpoint.for_tests and not known:
        raise ValueError("is not of a push service that we know")
    return endpoint


def parse_public_endpoint(url: str, test_hosts: Collection[str]) -> Endpoint:
    """Return the parts of an address on any public host; where its name leads is checked when it is called.

    Raises:
        ValueError: it may not be called; the text says why.
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
    if not for_tests and not _looks_public(host):
        raise ValueError("is not on a public host")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Endpoint(host, port, path, over_tls, for_tests)


def configured_endpoint(url: str) -> Endpoint:
    """Return the parts of an address that a setting gives: whoever sets it may name any host.

    Raises:
        ValueError: it is none.
    """
    host = urlsplit(url).hostname
    return parse_public_endpoint(url, [host] if host else [])


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
        raise Temporary("the host's name cannot be resolved") from None
    addresses = [str(sockaddr[0]) for *_, sockaddr in found]
    if not endpoint.for_tests and not all(map(_is_public, addresses)):
        raise Technical("the host's name leads to an address that is not public")
    return addresses


def _looks_public(host: str) -> bool:
    try:
        return _is_public(host)
    except ValueError:  # it is a name
        return _NAME.fullmatch(host) is not None


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address)
    if ip.version == 6 and (ip.is_site_local or not _inner(ip).is_global):
        return False
    return ip.is_global and not ip.is_multicast


def _inner(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the address that a mapped, a 6to4 or a NAT64 one stands for; others stand for themselves."""
    translated = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None
    return ip.ipv4_mapped or ip.sixtofour or translated or ip
