"""What emails look like: templates, read once for each language and filled in once for all readers."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import css_inline
from jinja2 import Environment, FileSystemLoader, select_autoescape
from markupsafe import escape

from hackitech.channels.base import Item
from hackitech.core.i18n import LOCALES, translations

FOLDER = Path(__file__).resolve().parent.parent / "templates"
_TEXT = re.compile(r'\b_\("([^"\\]+)"\)')


class _Prepared(FileSystemLoader):
    """Reads templates with all that is the same in every mail: texts in one language, styles in the elements.

    That is done to the template and not to each mail, so rules must not depend on what is filled in. A parser
    of HTML reads the template: tags of Jinja stand where text may stand, and hold no < or &.
    """

    def __init__(self, locale: str) -> None:
        super().__init__(FOLDER)
        self._translate = translations(locale).gettext

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        """Return the source, its path, and whether it is still the same."""
        source, path, is_current = super().get_source(environment, template)
        if template.endswith(".html"):
            source = _inliner().inline(source)
        return _TEXT.sub(lambda text: repr(self._translate(text[1])), source), path, is_current


@dataclass(frozen=True, slots=True)
class Words:
    """What an email says to everybody who gets it in one language."""

    locale: str
    title: str
    body: str
    items: tuple[Item, ...]
    more: int
    action_label: str | None
    has_action: bool
    mandatory: bool
    preferences_url: str
    acknowledge: bool = False


@dataclass(frozen=True, slots=True)
class Reader:
    """What is one reader's own in it."""

    name: str
    action_url: str
    unsubscribe_url: str
    page_url: str = ""


MARKS = Reader(*(f"{name}-{secrets.token_hex(16)}" for name in Reader.__slots__))
"""What stands for it in the rendering that all share; nobody can guess it, so no member's words hold it."""


def text_and_html(words: Words, reader: Reader) -> tuple[str, str]:
    """Return both parts of an email.

    Raises:
        LookupError: no mail is written in that language.
    """
    text, html = _rendered(words)
    for name in Reader.__slots__:
        mark, value = getattr(MARKS, name), getattr(reader, name)
        text, html = text.replace(mark, value), html.replace(mark, escape(value))
    return text, html


@lru_cache(maxsize=64)
def _rendered(words: Words) -> tuple[str, str]:
    """Fill in both templates without the context of pages: a mail has no request, user or session."""
    context = {"words": words, "reader": MARKS, "paragraphs": paragraphs(words.body)}
    environment = _environment(words.locale)
    text = environment.get_template("email/notification.txt").render(context)
    return text, environment.get_template("email/notification.html").render(context)


def paragraphs(text: str) -> list[list[str]]:
    """Return the lines of each paragraph; blank lines part them."""
    return [block.splitlines() for block in re.split(r"\n\s*\n", text.strip())]


@cache
def _environment(locale: str) -> Environment:
    if locale not in LOCALES:
        raise LookupError(f"no mail is written in {locale!r}")
    environment = Environment(
        loader=_Prepared(locale),
        autoescape=select_autoescape(),
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(translations(locale), newstyle=True)  # type: ignore[attr-defined]
    return environment


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
