"""Whether the members behind open streams are still allowed to listen."""

from collections.abc import Sequence

from hackitech.accounts.queries import standing_sessions, standing_tokens
from hackitech.core import clock
from hackitech.realtime.connections import NOT_ALLOWED, Connection


def close_disallowed(connections: Sequence[Connection]) -> None:
    """Close the streams whose session or token is over, or whose member is disabled, in two statements."""
    now = clock.now()
    principals = [connection.principal for connection in connections]
    sessions = standing_sessions({p.session_id for p in principals if p.session_id is not None}, now)
    tokens = standing_tokens({p.token_id for p in principals if p.token_id is not None}, now)
    for connection in connections:
        who = connection.principal
        locale = sessions.get(who.session_id or 0) or tokens.get(who.token_id or 0)
        if locale is None:
            connection.close(NOT_ALLOWED)
        else:
            connection.locale = locale
