"""The templates of mails, read once for each language."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import css_inline
from jinja2 import Environment, FileSystemLoader, select_autoescape

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


def render(template: str, locale: str, context: Mapping[str, Any]) -> str:
    """Fill in a template in a language, without the context of pages: a mail has no request, user or session.

    Raises:
        LookupError: there is no such language.
    """
    return _environment(locale).get_template(template).render(context)


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
