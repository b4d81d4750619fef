"""What holds for every operation of the JSON API, in the words of its documentation."""

from typing import Any

ABOUT = """
Notifications of the Hackitech platform: a member's inbox, what reaches them where, and sending.

Who calls: `Authorization: Bearer ntf_…`, or the session cookie together with the CSRF token of a page of
this site in `X-CSRFToken`. A token has scopes: `read` and `write` for one's own things, `send` to notify
anybody, `admin` for an administrator's whole view.

Times are RFC 3339 in UTC. Ids are positive 64-bit integers that grow with creation. Paths end with a slash
as written; without it the answer is 308. Lists answer `next` and `previous`, addresses or null, and
`results`, newest first.

Every GET carries an `ETag`; as `If-None-Match` it gets 304 while nothing has changed. `If-Match` is optional
wherever something can be changed that can be read.

Unknown fields and query parameters are refused with 422. Ignore fields of answers that you do not know.

Live: a WebSocket at `/api/notifications/stream/`, with the same token or session; `?after=ID` resumes. Its
JSON frames are `hello`, `notification.created`, `notification.updated`, `notification.deleted` and
`inbox.changed`, each with `unread_count`.
"""

SECURITY_SCHEMES: dict[str, Any] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A token of the API: `ntf_…`."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "session",
        "description": "A signed-in browser; over TLS the cookie is called `__Host-session`.",
    },
}

HEADERS: dict[str, Any] = {
    "ETag": {"description": "The version of what is answered.", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 0}},
    "WWW-Authenticate": {"description": "How to authenticate.", "schema": {"type": "string"}},
}

IF_MATCH: dict[str, Any] = {
    "in": "header",
    "name": "If-Match",
    "description": "The ETag that was read: the change is refused if there is another one by now.",
    "schema": {"type": "string"},
}

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "An error (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "const": "about:blank"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "errors": {
            "type": "object",
            "description": "For input: messages by field, as a dotted path (`recipients.3`).",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
}

PROBLEMS: dict[int | str, tuple[str, tuple[str, ...]]] = {
    400: ("The body is not JSON at all.", ()),
    401: ("No token or session, or one that is not valid any more.", ("WWW-Authenticate",)),
    403: ("The role, the scope or the CSRF proof is missing.", ()),
    404: ("Unknown, or someone else's: the same answer.", ()),
    409: ("It conflicts with what is there.", ()),
    412: ("It has changed since the ETag in If-Match.", ()),
    415: ("The body is something else than application/json.", ()),
    422: ("Wrong input, by field; unknown fields and query parameters too.", ()),
    429: ("Too many requests for now.", ("Retry-After",)),
    503: ("Not available for the moment.", ("Retry-After",)),
    "default": ("Any other error.", ()),
}
"""By status: what it means, and the headers that it carries."""
