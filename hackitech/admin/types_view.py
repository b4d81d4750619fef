"""The pages of types: what they show, and what is wrong with what was typed."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _

from hackitech.admin.compose_view import PRIORITY_LABELS
from hackitech.admin.types_form_view import (
    filled_rows,
    params_form,
    read_defaults,
    read_params,
    stored_form,
)
from hackitech.admin.types_wording_view import TEXT_LABELS, param_rows, problem_text, wording_fields
from hackitech.catalog.authoring import UnfitWording
from hackitech.catalog.categories import CATEGORIES, category_label
from hackitech.catalog.definitions import PARAM_TYPES, LoadedType, fingerprint
from hackitech.catalog.loader import has_file
from hackitech.catalog.remarks import Remark
from hackitech.catalog.storing import param_columns
from hackitech.channels.registry import channel_keys, channel_label
from hackitech.core.errors import FieldErrors, Invalid
from hackitech.core.i18n import LOCALES, N_, in_language, select_locale
from hackitech.models.event import PRIORITIES
from hackitech.models.notification import IN_APP
from hackitech.types import queries
from hackitech.types.queries import Place, State

Context = dict[str, Any]
Form = Mapping[str, str]
LANGUAGES = {"fr": N_("in French"), "en": N_("in English")}
UNIT_LABELS = {"m": N_("minutes"), "h": N_("hours"), "d": N_("days")}
BLANK_PARAMS = 3
"""Rows for further params below those that are filled in."""
PARAM_LABELS = {
    "string": N_("Text"),
    "integer": N_("Whole number"),
    "number": N_("Number"),
    "boolean": N_("Yes or no"),
    "url": N_("Link"),
    "datetime": N_("Time"),
}
FIELD_LABELS = {
    "category": N_("Category"),
    "priority": N_("Priority"),
    "retention_days": N_("Kept for (days)"),
    "label": N_("Name"),
    "description": N_("Description"),
    "enabled": N_("On unless the member turns it off"),
    "mandatory": N_("Mandatory"),
    "reason": N_("Why it is mandatory"),
    "escalate_after": N_("Waits for the notification to be read"),
    "key": N_("Key"),
    "name": N_("Name in the wording"),
    "type": N_("Type"),
    "example": N_("Example"),
    "required": N_("Required"),
    **TEXT_LABELS,
    **LANGUAGES,
}
"""What the parts of a field's path are called."""


def list_context() -> Context:
    """Return what the list of types shows."""
    wording = queries.states()
    shown = [_row(loaded, wording) for loaded in queries.list_types()]
    return {
        "types": [row for row in shown if not row["retired"]],
        "retired": [row for row in shown if row["retired"]],
    }


def _row(loaded: LoadedType, states: Mapping[Place, State]) -> Context:
    return {
        "key": loaded.key,
        "label": in_language(loaded.label),
        "category": category_label(loaded.category, select_locale()),
        "source": loaded.source,
        "retired": loaded.retired,
        "internal": loaded.internal,
        "channels": [
            {"label": _(channel_label(channel)), "key": channel, "mandatory": default.mandatory}
            for channel, default in loaded.channels.items()
            if default.enabled
        ],
        "wording": [(locale, states.get(Place(loaded.key, locale), State())) for locale in LOCALES],
    }


def type_context(loaded: LoadedType, form: Form | None = None, errors: FieldErrors | None = None) -> Context:
    """Return what the page of a type shows; `form` is what was typed, None where nothing was."""
    states = queries.states()
    return {
        **form_context(_both_forms(loaded, form or {}), errors),
        "type": loaded,
        "label": in_language(loaded.label),
        "has_file": has_file(loaded.key),
        "own_params": not has_file(loaded.key),
        "seen_params": fingerprint(param_columns(loaded.params.values())),
        "seen": loaded.defaults.fingerprint,
        "params": param_rows(loaded),
        "wording": [(locale, states.get(Place(loaded.key, locale), State())) for locale in LOCALES],
        "mandatory": any(default.mandatory for default in loaded.channels.values()),
        "change": queries.last_change("type", loaded.key),
    }


def _both_forms(loaded: LoadedType, typed: Form) -> Form:
    """Return what both forms of the page hold: the one that was sent as typed, the other as stored."""
    if "category" in typed:
        return {**typed, **params_form(loaded.params.values())}
    return {**stored_form(loaded.defaults), **(typed or params_form(loaded.params.values()))}


def form_context(form: Form, errors: FieldErrors | None = None) -> Context:
    """Return what the fields of a type's defaults show, and those of its params where it is new."""
    filled = filled_rows(form)
    beyond = filled[-1] + 1 if filled else 0
    said = sentences(errors or {})
    return {
        "form": form,
        "errors": said,
        "summary": {field: f"{_field_label(field)} – {text}" for field, text in said.items()},
        "categories": [(key, category_label(key, select_locale())) for key in CATEGORIES],
        "priorities": [(key, _(PRIORITY_LABELS[key])) for key in PRIORITIES],
        "channels": [(key, _(channel_label(key))) for key in channel_keys()],
        "inbox": IN_APP,
        "languages": [(locale, _(LANGUAGES[locale])) for locale in LOCALES],
        "units": [(unit, _(label)) for unit, label in UNIT_LABELS.items()],
        "param_types": [(kind, _(PARAM_LABELS[kind])) for kind in PARAM_TYPES],
        "rows": [*filled, *range(beyond, beyond + BLANK_PARAMS)],
        "texts": [field for field in wording_fields() if "." not in field["name"]],
    }


def theirs(loaded: LoadedType, form: Form) -> list[tuple[str, str]]:
    """Return the fields whose stored values are not what was typed: their names, and what is stored."""
    if "category" in form:
        stored, typed = stored_form(loaded.defaults), stored_form(read_defaults(form))
    else:
        stored, typed = params_form(loaded.params.values()), params_form(read_params(form))
    changed = [name for name in dict.fromkeys([*stored, *typed]) if stored.get(name) != typed.get(name)]
    return [(_field_label(name), stored.get(name, "–")) for name in changed]


def _field_label(path: str) -> str:
    """Return what a field is called: « Email, Mandatory », « Param 1, Example », « Title, in French »."""
    first, *rest = path.split(".")
    names = FIELD_LABELS | ({"label": N_("Meaning")} if first == "params" else {})
    parts = sorted((first, *rest), key=LANGUAGES.__contains__)
    words = [_(names[part]) for part in parts if part in names]
    if first == "channels":
        words.insert(0, _(channel_label(rest[0])))
    elif first == "params" and rest:
        words.insert(0, _("Param %(number)s", number=int(rest[0]) + 1))
    return ", ".join(words) or _("Params")


def sentences(errors: FieldErrors) -> dict[str, str]:
    """Return what is wrong in the reader's words, by field."""
    return {field: " ".join(_said(texts)) for field, texts in errors.items()}


def _said(texts: Iterable[str]) -> Iterable[str]:
    return (text.said(_) if isinstance(text, Remark) else _(text) for text in texts)


def params_errors(error: Invalid) -> FieldErrors:
    """Return what is wrong with params; wording that they would make wrong is elsewhere, and is named."""
    if not isinstance(error, UnfitWording):
        return error.errors
    found = new_type_errors(error).items()
    return {"": [f"{_field_label(name)} – {text}" for name, texts in found for text in texts]}


def new_type_errors(error: Invalid) -> FieldErrors:
    """Return what is wrong with a new type, by field; wording in the reader's words already."""
    if not isinstance(error, UnfitWording):
        return error.errors
    return {
        name: [_("Line %(line)s: %(text)s", line=one.line, text=problem_text(one)) for one in found]
        for name, found in error.problems.items()
    }
