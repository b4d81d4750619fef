"""The admin blueprint: who may open its pages, and the pages that its navigation leads to."""

from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple

from flask import Blueprint, request
from flask_babel import gettext as _
from flask_login import current_user

from hackitech.accounts.principal import STAFF_ROLES
from hackitech.core.errors import Forbidden
from hackitech.core.i18n import N_
from hackitech.core.web import login_required_page

View = Callable[..., Any]
ADMIN = ("admin",)
admin = Blueprint("admin", __name__, url_prefix="/admin")


class Place(NamedTuple):
    """A section that the navigation leads to, and who finds it; its pages are a blueprint of this name."""

    section: str
    label: str
    icon: str
    roles: tuple[str, ...] = ADMIN

    @property
    def endpoint(self) -> str:
        """The section's first page."""
        return f"admin.{self.section}.index"


NAVIGATION = (
    Place("dashboard", N_("Dashboard"), "chart"),
    Place("messages", N_("Messages"), "send", STAFF_ROLES),
    Place("log", N_("Log"), "list"),
    Place("failures", N_("Failed deliveries"), "alert"),
    Place("types", N_("Types"), "template"),
    Place("topics", N_("Topics"), "bell", STAFF_ROLES),
    Place("members", N_("Members"), "user"),
    Place("suppressions", N_("Suppressed addresses"), "offline"),
    Place("tokens", N_("API tokens"), "lock"),
    Place("audit", N_("Audit log"), "clock"),
    Place("health", N_("Health"), "pulse"),
)


def staff_page(view: View) -> View:
    """Show a page to administrators, and to organisers, who then see what is theirs alone."""
    return _for_roles(STAFF_ROLES, view)


def admin_page(view: View) -> View:
    """Show a page to administrators only."""
    return _for_roles(ADMIN, view)


def _for_roles(roles: tuple[str, ...], view: View) -> View:
    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        if current_user.role not in roles:
            raise Forbidden(_("This page is for those who administer the site."))
        return view(*args, **kwargs)

    guarded = login_required_page(checked)
    guarded.roles = roles  # type: ignore[attr-defined]
    return guarded


def own_only() -> int | None:
    """Return whose messages and topics the caller is confined to: an organiser's own; None for all."""
    return None if current_user.role == "admin" else current_user.id


@admin.context_processor
def _navigation() -> dict[str, Any]:
    role = current_user.role if current_user.is_authenticated else ""
    places = [place for place in NAVIGATION if role in place.roles]
    return {"places": places, "section": (request.blueprint or "").partition(".")[2].partition(".")[0]}
