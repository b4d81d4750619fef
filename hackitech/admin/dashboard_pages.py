"""The dashboard: is it working?"""

from flask import Blueprint, Response, render_template, url_for
from flask_login import current_user

from hackitech.admin.blueprint import staff_page
from hackitech.core.web import see_other

dashboard = Blueprint("dashboard", __name__)


@dashboard.get("/")
@staff_page
def index() -> Response | str:
    """Show how the last days went; organisers are led to their messages."""
    if current_user.role != "admin":
        return see_other(url_for("admin.messages.index"))
    return render_template("admin/dashboard.html")
