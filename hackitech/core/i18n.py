"""Languages: which one a request is in, and catalogues compiled in memory from the .po files."""

import io
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, has_request_context, request
from flask_babel import Babel, Domain, get_locale
from flask_login import current_user

LOCALES = ("fr", "en")
DEFAULT_LOCALE = "fr"
LOCALE_COOKIE = "locale"
FOLDER = Path(__file__).resolve().parent.parent / "translations"


@cache
def translations(locale: str) -> NullTranslations:
    """Return the catalogue of a language; English is what the code says."""
    source = FOLDER / locale / "LC_MESSAGES" / "messages.po"
    if not source.exists():
        return NullTranslations()
    compiled = io.BytesIO()
    with source.open("rb") as po:
        write_mo(compiled, read_po(po, locale=locale))
    compiled.seek(0)
    return Translations(compiled)


class MemoryDomain(Domain):
    """flask-babel's domain, without the .mo files that it would look for."""

    def get_translations(self) -> NullTranslations:
        return translations(str(get_locale() or DEFAULT_LOCALE))


class MemoryBabel(Babel):
    """flask-babel with catalogues that are compiled when first used."""

    domain_instance = MemoryDomain()


def init_i18n(app: Flask) -> None:
    """Choose the language by profile, then cookie, then Accept-Language, then French."""
    MemoryBabel(
        app,
        default_locale=DEFAULT_LOCALE,
        default_timezone="Europe/Paris",
        locale_selector=select_locale,
        timezone_selector=_select_timezone,
    )


def N_(text: str) -> str:
    """Mark a text for the catalogues; whoever shows it translates it."""
    return text


def select_locale() -> str:
    """Return the language of the current request."""
    if not has_request_context():
        return DEFAULT_LOCALE
    if current_user.is_authenticated:
        return str(current_user.locale)
    cookie = request.cookies.get(LOCALE_COOKIE)
    if cookie in LOCALES:
        return cookie
    return request.accept_languages.best_match(LOCALES) or DEFAULT_LOCALE


def in_language(texts: Mapping[str, str], locale: str | None = None) -> str:
    """Return what `texts` (by language) says in a language: the current request's unless named."""
    return texts.get(locale or select_locale()) or texts[DEFAULT_LOCALE]


def _select_timezone() -> str | None:
    if has_request_context() and current_user.is_authenticated:
        return str(current_user.timezone)
    return None
