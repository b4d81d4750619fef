"""The site's health: every part that it needs, how it does, and how to mend it."""

from flask import Blueprint, render_template

from hackitech.admin.blueprint import admin_page
from hackitech.admin.health_view import health_context

health = Blueprint("health", __name__, url_prefix="/health")


@health.get("/")
@admin_page
def index() -> str:
    """Look at every part, and say what is wrong and how to mend it."""
    return render_template("admin/health.html", **health_context())
