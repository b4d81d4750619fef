"""The audit log: who did what, with before and after."""

from flask import Blueprint, render_template

from hackitech.admin.audit_view import list_context
from hackitech.admin.blueprint import admin_page

audit = Blueprint("audit", __name__, url_prefix="/audit")


@audit.get("/")
@admin_page
def index() -> str:
    """List what was done, the newest first."""
    return render_template("admin/audit.html", **list_context())
