"""Reports of the mail provider, and suppressed addresses, over JSON."""

import datetime as dt
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import current_app, request
from flask_login import current_user
from standardwebhooks import Webhook, WebhookVerificationError

from hackitech.accounts.loader import client_address
from hackitech.bounces import queries, schemas, service
from hackitech.core.api import ApiBlueprint, page_links, requires
from hackitech.core.errors import NotFound, Unauthenticated
from hackitech.core.rate_limit import limit_requests

email_events = ApiBlueprint("email_events", __name__, url_prefix="/api/notifications/email/events")
suppressions = ApiBlueprint("suppressions", __name__, url_prefix="/api/notifications/suppressions")


def signed(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let a view be called only with the mail provider's signature: nothing else proves who calls."""

    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        secret = current_app.config["BOUNCE_WEBHOOK_SECRET"]
        if not secret:
            raise NotFound("No reports are taken here.")
        limit_requests("reports", client_address())
        try:
            Webhook(secret).verify(request.get_data(), dict(request.headers), json_parse=False)
        except (WebhookVerificationError, ValueError):  # the latter for what is not even a signature
            raise Unauthenticated("Sign the request as Standard Webhooks say, not long ago.") from None
        return view(*args, **kwargs)

    return checked


@email_events.post("/")
@signed
@email_events.arguments(schemas.ReportSchema)
@email_events.response(204)
@email_events.alt_response(401, description="The signature is missing, wrong or too old.")
@email_events.alt_response(404, description="No secret is set, so nothing is taken.")
def report_email(report: service.Report) -> None:
    """Report a bounce, a complaint or the delivery of an email, signed as a Standard Webhook."""
    signed_at = dt.datetime.fromtimestamp(float(request.headers["webhook-timestamp"]), dt.UTC)
    service.take_report({**report, "at": report.get("at", signed_at)})


@suppressions.get("/")
@requires("admin")
@suppressions.arguments(schemas.SuppressionQuery, location="query")
@suppressions.response(200, schemas.SuppressionListSchema)
def list_suppressions(query: dict[str, Any]) -> dict[str, Any]:
    """List the addresses that are not written to any more, and why."""
    cursor, size = query.pop("cursor", None), query.pop("page_size")
    page = queries.NEWEST_FIRST.page(queries.suppressions(query), cursor, size)
    return {**page_links(page.next, page.previous), "results": page.rows}


@suppressions.delete("/<channel>/<path:address>/")
@requires("admin")
@suppressions.response(204)
def lift_suppression(channel: str, address: str) -> None:
    """Let an address be written to again."""
    service.lift_suppression(current_user.id, channel, address)
