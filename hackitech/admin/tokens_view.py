"""The pages of API tokens: everybody's, and a new one for somebody."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple

import marshmallow as ma
from flask import request
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict

from hackitech.accounts import queries
from hackitech.accounts.fields import Name
from hackitech.accounts.member_queries import TokenFilters, all_tokens
from hackitech.admin.listing_view import PAGE_SIZE, choice, find_member, pages_beside, words
from hackitech.core import clock
from hackitech.core.errors import FieldErrors, Invalid
from hackitech.core.i18n import N_
from hackitech.models.api_token import SCOPES

Context = dict[str, Any]
DAYS = (30, 90, 365)
STATES = {
    "working": N_("Working"),
    "expired": N_("Expired"),
    "revoked": N_("Revoked"),
    "all": N_("All of them"),
}
SCOPE_RIGHTS = {
    "read": N_("Read what its owner may read."),
    "write": N_("Change what is its owner's, such as read and archived."),
    "send": N_("Create notifications for anybody."),
    "admin": N_("Do and see everything, as an administrator."),
}
SENTENCES = {
    "owner": N_("Write the email address or the number of a member."),
    "name": N_("Write what the token is for, in 1 to 100 characters."),
    "days": N_("Choose how long the token works."),
}
NO_SCOPE = N_("Choose what the token may do.")
NOT_FOR_THEM = N_("Only an administrator's token may do everything. Choose other rights, or another owner.")


class WantedToken(NamedTuple):
    """A token as an administrator asks for it; `days` is how long it works."""

    owner_id: int
    name: str
    scopes: list[str]
    days: int


def list_context() -> Context:
    """Return what `tokens.html` shows.

    Raises:
        Invalid: the cursor is none of this list's.
    """
    filters = TokenFilters(choice("state", STATES, "working"), choice("scope", SCOPES), words("q"))
    now = clock.now()
    page = queries.NEWEST_TOKENS.page(all_tokens(filters, now), request.args.get("cursor"), PAGE_SIZE)
    return {
        "tokens": [{"row": row, "state": _state(row, now)} for row in page.rows],
        "filters": filters,
        "narrowed": filters != TokenFilters(),
        "states": [(value, _(text)) for value, text in STATES.items()],
        "scopes": [("", _("All scopes")), *((scope, scope) for scope in SCOPES)],
        "state_words": STATES,
        **pages_beside(page, q=filters.search, scope=filters.scope, state=filters.state),
    }


def form_context(form: "MultiDict[str, str]", errors: FieldErrors | None = None) -> Context:
    """Return what `token_form.html` shows; `form` is what was typed."""
    return {
        "form": form,
        "chosen": form.getlist("scopes"),
        "errors": {field: _(texts[0]) for field, texts in (errors or {}).items()},
        "rights": [(scope, _(text)) for scope, text in SCOPE_RIGHTS.items()],
        "days": [(days, ngettext("%(num)s day", "%(num)s days", days)) for days in DAYS],
    }


def read_token(form: "MultiDict[str, str]") -> WantedToken:
    """Return the token that the form asks for.

    Raises:
        Invalid: under the names of its fields.
    """
    wrong: dict[str, list[str]] = {}
    owner_id, name = find_member(form.get("owner", "")), _read_name(form)
    scopes = [scope for scope in SCOPES if scope in form.getlist("scopes")]
    if owner_id is None:
        wrong["owner"] = [SENTENCES["owner"]]
    elif "admin" in scopes and queries.get_user(owner_id)["role"] != "admin":
        wrong["scopes"] = [NOT_FOR_THEM]
    if name is None:
        wrong["name"] = [SENTENCES["name"]]
    if not scopes:
        wrong["scopes"] = [NO_SCOPE]
    if form.get("days", "") not in map(str, DAYS):
        wrong["days"] = [SENTENCES["days"]]
    if wrong or owner_id is None or name is None:
        raise Invalid(wrong)
    return WantedToken(owner_id, name, scopes, int(form["days"]))


def _read_name(form: Mapping[str, str]) -> str | None:
    try:
        return str(Name().deserialize(form.get("name", "")))
    except ma.ValidationError:
        return None


def _state(row: Any, now: dt.datetime) -> str:
    if row.revoked_at is not None:
        return "revoked"
    return "expired" if row.expires_at <= now else "working"
