"""The dashboard: is it working?"""

from flask import Blueprint, Response, render_template, request, url_for
from flask_login import current_user

from hackitech.admin.blueprint import staff_page
from hackitech.admin.dashboard_view import figures_context, live_context
from hackitech.core.web import is_fragment_request, see_other

dashboard = Blueprint("dashboard", __name__)


@dashboard.get("/")
@staff_page
def index() -> Response | str:
    """Show what is under way and how the last days went; organisers are led to their messages.

    A fragment request gets the part that is live, and with it the figures where they were counted anew.
    """
    if current_user.role != "admin":
        return see_other(url_for("admin.messages.index"))
    figures, part = figures_context(), is_fragment_request()
    counted = figures["counted_at"].isoformat() if figures["counted_at"] else ""
    return render_template(
        "admin/_live.html" if part else "admin/dashboard.html",
        **live_context(),
        figures=figures,
        counted=counted,
        changed=part and request.args.get("counted", "") != counted,
    )
