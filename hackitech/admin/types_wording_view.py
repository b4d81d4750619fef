"""The editor of wording: what was typed, what is wrong with it, and what each channel would say."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from flask import request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_login import current_user

from hackitech.catalog.authoring import Problems, wording_problems
from hackitech.catalog.definitions import LoadedType, TypeDefinition, Wording
from hackitech.catalog.loader import OVERRIDE_KEYS
from hackitech.catalog.remarks import Problem
from hackitech.catalog.rendering import render_text, trials, wording_values
from hackitech.catalog.wording import plain
from hackitech.channels.email import EmailChannel
from hackitech.channels.links import site_url
from hackitech.channels.mail_templates import Reader, Words, text_and_html
from hackitech.channels.push import PushChannel
from hackitech.channels.registry import CHANNELS, channel_label
from hackitech.core.i18n import LOCALES, N_, in_language
from hackitech.types import queries
from hackitech.types.queries import Place

Context = dict[str, Any]
Form = Mapping[str, str]
FRAMED, PUSHED = EmailChannel.key, PushChannel.key
LANGUAGE_NAMES = {"fr": "Français", "en": "English"}
VERSIONS_SHOWN = 20
TEXT_LABELS = {
    "title": N_("Title"),
    "message": N_("Message"),
    "action_label": N_("Button"),
    "subject": N_("Subject"),
    "body": N_("Text"),
}
TEXT_ROWS = {"title": 2, "message": 7, "action_label": 1, "subject": 2, "body": 5}
HELP = (
    ("{% if team %}…{% else %}…{% endif %}", N_("says one thing where the param is given, else another")),
    ("{{ team | default: '…' }}", N_("says something else where the param is left out")),
    ("{{ when | date }}", N_("the day of a time; also day, with its weekday, and time")),
    ("{{ places | number }}", N_("a number as the language writes it")),
    ("{{ places | plural: '…', '…' }}", N_("the word for one, or the word for many")),
    ("{{ text | truncate: 80 }}", N_("at most that many characters")),
)  # fmt: skip
"""What templates can do, as `code` and what it is for."""


def wording_fields() -> list[Context]:
    """Return the fields of a wording, in their order; those of a channel are named after it."""
    main = [_field(name) for name in ("title", "message", "action_label")]
    return main + [_field(f"{channel}.{part}") for channel in CHANNELS for part in OVERRIDE_KEYS]


def _field(name: str) -> Context:
    part = name.rpartition(".")[2]
    return {"name": name, "label": text_label(name), "rows": TEXT_ROWS[part]}


def text_label(name: str) -> str:
    """Return what a text of a wording is called: « Title », « Subject, Email »."""
    channel, _dot, part = name.rpartition(".")
    label = _(TEXT_LABELS[part])
    return f"{label}, {_(channel_label(channel))}" if channel else label


def read_wording(form: Form, prefix: str = "") -> Wording:
    """Return the wording that a form says; a channel whose fields are empty says what the others say."""
    texts = {field["name"]: plain(form.get(prefix + field["name"], "")).strip() for field in wording_fields()}
    overrides = {
        channel: {part: texts[f"{channel}.{part}"] for part in OVERRIDE_KEYS if texts[f"{channel}.{part}"]}
        for channel in CHANNELS
    }
    return Wording(
        title=texts["title"],
        message=texts["message"],
        action_label=texts["action_label"] or None,
        channels={channel: words for channel, words in overrides.items() if words},
    )


def read_base(form: Form) -> int:
    """Return the newest version that the author was shown; 0 where the form does not say."""
    return _number(form.get("base", ""))


def read_version(form: Form) -> int:
    """Return the version that a form is about; 0, which nobody has, where it does not say."""
    return _number(form.get("version", ""))


def asked_version(name: str) -> int:
    """Return the version that the address names; 0, which nobody has, where it does not."""
    return _number(request.args.get(name, ""))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def shown_wording(place: Place) -> Wording:
    """Return what the editor opens with: the draft, else what is in force."""
    shown = queries.newest_draft(place) or queries.version_in_force(place)
    return Wording.from_json(shown.wording) if shown else Wording("", "")


def editor_context(place: Place, form: Form | None = None) -> Context:
    """Return what the editor shows; `form` is what was typed, None where nothing was."""
    loaded = queries.get_type(place.key)
    newest, current = queries.newest_version(place), queries.version_in_force(place)
    stored = shown_wording(place)
    wording = stored if form is None else read_wording(form)
    return {
        **previews_context(loaded, wording, place.locale),
        "place": place,
        "type": loaded,
        "label": in_language(loaded.label),
        "tabs": [_tab(place, locale) for locale in LOCALES],
        "form": dict(wording.texts()),
        "unsaved": wording != stored,
        "base": newest.version if newest else 0,
        "draft": queries.newest_draft(place),
        "current": current,
        "versions": _versions_page(place, current),
        "fields": [field for field in wording_fields() if "." not in field["name"]],
        "overrides": list(_overrides(wording)),
        "help": [(code, _(text)) for code, text in HELP],
    }


def _tab(place: Place, locale: str) -> tuple[str, str, bool]:
    url = url_for("admin.types.wording.edit", key=place.key, locale=locale)
    return LANGUAGE_NAMES[locale], url, locale == place.locale


def _versions_page(place: Place, current: Any) -> Context:
    page = queries.NEWEST_FIRST.page(queries.versions_of(place), request.args.get("cursor"), VERSIONS_SHOWN)
    in_force = current.version if current else 0
    rows = [
        {"row": row, "state": _state(row, in_force), "is_current": row.version == in_force}
        for row in page.rows
    ]
    return {"rows": rows, "next": page.next, "previous": page.previous}


def _state(row: Any, in_force: int) -> tuple[str, str]:
    """Return the kind of a version, as `parts.state` takes it, and its name."""
    if row.version == in_force:
        return "ok", _("In force")
    if row.published_at:
        return "plain", _("Published before")
    return ("warning", _("Draft")) if row.source == "admin" else ("plain", _("Waits, from the file"))


def _overrides(wording: Wording) -> Iterator[Context]:
    for channel in CHANNELS:
        fields = [field for field in wording_fields() if field["name"].startswith(f"{channel}.")]
        yield {
            "key": channel,
            "label": _(channel_label(channel)),
            "fields": fields,
            "open": bool(wording.channels.get(channel)),
        }


def previews_context(loaded: LoadedType, wording: Wording, locale: str) -> Context:
    """Return what `_type_previews.html` shows: what is wrong, and what each channel says of the examples."""
    problems = wording_problems(loaded, wording, locale)
    said = _say(loaded, wording, locale, problems)
    with force_locale(locale):
        words = {"open": _("Open"), "now": _("just now")}
    return {
        "problems": problem_rows(wording, problems),
        "locale_shown": locale,
        "said": said,
        "words": words,
        "type_label": in_language(loaded.label, locale),
        "category": loaded.category,
        "params": param_rows(loaded),
        "looks": [_look(channel, said) for channel in CHANNELS],
        "framed": FRAMED,
        "pushed": PUSHED,
        "fingerprint": hashlib.sha256(json.dumps(wording.as_json()).encode()).hexdigest()[:16],
    }


def _say(definition: TypeDefinition, wording: Wording, locale: str, problems: Problems) -> dict[str, str]:
    """Return what the texts say of all examples, but for those that are wrong."""
    params, actor = next(trials(definition))
    values = wording_values(definition, params, actor)
    return {
        name: render_text(name, source, values, locale)
        for name, source in wording.texts()
        if name not in problems and source
    }


def _look(channel: str, said: Mapping[str, str]) -> Context:
    """Return what a channel says; its own words where there are some."""
    return {
        "key": channel,
        "label": _(channel_label(channel)),
        "subject": said.get(f"{channel}.subject") or said.get("title"),
        "body": said.get(f"{channel}.body") or said.get("message"),
    }


def problem_rows(wording: Wording, problems: Problems) -> list[Context]:
    """Return what is wrong, in the reader's words, with the line of the source that it is about."""
    texts = dict(wording.texts())
    return [
        {
            "name": name,
            "label": text_label(name),
            "line": problem.line,
            "text": problem_text(problem),
            "code": _source_line(texts.get(name, ""), problem.line),
        }
        for name, found in problems.items()
        for problem in found
    ]


def problem_text(problem: Problem) -> str:
    """Return what is wrong and what to write instead, in the reader's words."""
    message, hint = problem.message.said(_), problem.hint.said(_)
    return f"{message[:1].upper()}{message[1:]}. {hint}"


def _source_line(source: str, line: int) -> str:
    lines = source.split("\n")
    return lines[line - 1][:200] if line <= len(lines) else ""


def email_preview(loaded: LoadedType, wording: Wording, locale: str) -> str:
    """Return the HTML of the email that the wording makes of the examples, addressed to who is signed in."""
    problems = wording_problems(loaded, wording, locale)
    look = _look(FRAMED, said := _say(loaded, wording, locale, problems))
    words = Words(
        locale=locale,
        title=look["subject"] or "…",
        body=look["body"] or "…",
        items=(),
        more=0,
        action_label=said.get("action_label"),
        has_action=True,
        mandatory=loaded.channels[FRAMED].mandatory,
        preferences_url=site_url("/preferences"),
    )
    return text_and_html(words, Reader(current_user.name, site_url("/inbox"), site_url("/preferences")))[1]


def param_rows(definition: TypeDefinition) -> list[Context]:
    """Return the params that wording may use, as one reads and writes them."""
    return [
        {
            "code": f"{{{{ {param.name} }}}}",
            "label": in_language(param.label),
            "kind": param.type,
            "required": param.required,
            "example": param.example,
        }
        for param in definition.params.values()
    ]
