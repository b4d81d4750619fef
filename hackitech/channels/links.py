"""Links in what leaves this site: absolute, and signed where a type asks for it."""

from urllib.parse import urlsplit

from flask import current_app

from hackitech.channels.base import Message
from hackitech.core.signing import sign_link


def site_url(path: str) -> str:
    """Return the absolute address of a path on this site."""
    return f"{current_app.config['PUBLIC_URL']}{path}"


def action_link(message: Message) -> str | None:
    """Return the absolute address that the message asks to open, or None where it asks for nothing.

    Only links to this site are signed: nobody else could check it.
    """
    url = message.action_url
    if url and message.sign_action and _is_path(url):
        return site_url(sign_link(url, message.recipient_id))
    return absolute(url)


def absolute(url: str | None) -> str | None:
    """Return the absolute address of a link or of a path on this site, None where it leads nowhere."""
    if not url:
        return None
    if _is_path(url):
        return site_url(url)
    return url if urlsplit(url).scheme in ("https", "http") else None


def _is_path(url: str) -> bool:
    return url.startswith("/") and not url.startswith("//")
