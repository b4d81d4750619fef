"""Tables as CSV that spreadsheets open as they are meant: in Unicode, and without running what is in them."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

BYTE_ORDER_MARK = "\ufeff"
"""At the beginning of a file: Excel takes it for an older encoding otherwise."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_text(rows: Iterable[Sequence[Any]]) -> str:
    """Return rows as lines of CSV; what a spreadsheet would take for a formula gets an apostrophe."""
    lines = io.StringIO()
    csv.writer(lines).writerows([_cell(value) for value in row] for row in rows)
    return lines.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value
