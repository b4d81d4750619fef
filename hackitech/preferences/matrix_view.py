"""What the table of preferences shows: types, grouped by category, by channel."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from flask_babel import gettext as _
from flask_login import current_user

from hackitech.catalog.categories import category_label
from hackitech.catalog.definitions import LoadedType
from hackitech.catalog.lookup import all_types
from hackitech.channels.email import EmailChannel
from hackitech.channels.registry import channel_label
from hackitech.core.database import db
from hackitech.core.i18n import N_, in_language, select_locale
from hackitech.models.notification import IN_APP
from hackitech.models.preference import FREQUENCIES
from hackitech.preferences import queries
from hackitech.preferences.decision import Changes
from hackitech.preferences.service import Wanted

HOW_OFTEN = dict(zip(FREQUENCIES, (N_("At once"), N_("Hourly"), N_("Daily"), N_("Weekly")), strict=True))
ASKED_HOW_OFTEN = (EmailChannel.key,)
"""Where the page asks for a frequency; the API takes one for every channel but the inbox."""

Context = dict[str, Any]


def matrix_context(wanted: Wanted | None = None) -> Context:
    """Return what `_matrix.html` shows: what is stored, or `wanted` where a form says otherwise."""
    types = {loaded.key: loaded for loaded in all_types(db.session())}
    channels = queries.channels_shown(current_user.id)
    cells: dict[str, list[Context]] = {}
    for one in queries.matrix(current_user.id):
        if one.channel not in channels:
            continue
        asked: Changes = (wanted or {}).get((one.notification_type, one.channel), {})
        cells.setdefault(one.notification_type, []).append(_cell(one, types, asked))
    return {
        "channels": [{"key": key, "label": _(channel_label(key))} for key in channels],
        "categories": [
            {
                "label": category_label(category, select_locale()),
                "types": [_row(loaded, cells.get(loaded.key, [])) for loaded in group],
            }
            for category, group in groupby(types.values(), key=lambda loaded: loaded.category)
        ],
    }


def cell_context(notification_type: str, channel: str) -> Context:
    """Return what `_cell.html` shows of one pair.

    Raises:
        NotFound: there is no such pair.
    """
    types = {loaded.key: loaded for loaded in all_types(db.session())}
    return _cell(queries.get_cell(current_user.id, notification_type, channel), types, {})


def _row(loaded: LoadedType, cells: list[Context]) -> Context:
    return {
        "key": loaded.key,
        "label": in_language(loaded.label),
        "description": in_language(loaded.description),
        "cells": cells,
    }


def _cell(cell: queries.Cell, types: Mapping[str, LoadedType], asked: Changes) -> Context:
    loaded = types[cell.notification_type]
    can_wait = cell.channel in ASKED_HOW_OFTEN and not (cell.locked or loaded.internal)
    return {
        "notification_type": cell.notification_type,
        "channel": cell.channel,
        "type_label": in_language(loaded.label),
        "channel_label": _(channel_label(cell.channel)),
        "enabled": cell.enabled if cell.locked else asked.get("enabled", cell.enabled),
        "frequency": cell.frequency if cell.locked else asked.get("frequency", cell.frequency),
        "how_often": [(key, _(label)) for key, label in HOW_OFTEN.items()] if can_wait else [],
        "offered": not (loaded.internal and cell.channel == IN_APP),
        "locked": cell.locked,
        "reason": in_language(cell.reason) if cell.reason else None,
    }
