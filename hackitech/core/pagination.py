"""Keyset pagination: a page costs the same wherever it is, and rows that arrive meanwhile move nothing."""

import base64
import binascii
import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import QueryableAttribute

from hackitech.core.database import MAX_ID, UtcDateTime, db
from hackitech.core.errors import Invalid

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)
BAD_CURSOR = {"cursor": ["Not a cursor of this list; take it from `next` or `previous`."]}

Column = QueryableAttribute[Any] | sa.ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in the list's order, and the cursors of the pages beside this one."""

    rows: Sequence[Any]
    next: str | None
    previous: str | None


@dataclass(frozen=True, slots=True)
class Keyset:
    """The columns that order a list, newest first unless `ascending`; together they are unique.

    The columns must be among those that the select returns, under their own names.
    """

    columns: tuple[Column, ...]
    ascending: bool = False

    def page(self, query: sa.Select[Any], cursor: str | None, size: int) -> Page:
        """Run `query` for one page of `size` rows.

        Raises:
            Invalid: `cursor` is not one of this list's.
        """
        backwards, position = self._decode(cursor)
        ascending = self.ascending != backwards
        if position is not None:
            query = query.where(self._beyond(position, ascending))
        order = [column.asc() if ascending else column.desc() for column in self.columns]
        rows = list(db.session.execute(query.order_by(*order).limit(size + 1)))
        more = len(rows) > size
        rows = rows[:size]
        if backwards:
            rows.reverse()
        after = rows and (backwards or more)
        before = rows and ((backwards and more) or (not backwards and cursor is not None))
        return Page(
            rows,
            next=self._encode(rows[-1], backwards=False) if after else None,
            previous=self._encode(rows[0], backwards=True) if before else None,
        )

    def _beyond(self, position: list[Any], ascending: bool) -> sa.ColumnElement[bool]:
        columns = sa.tuple_(*self.columns)
        return columns > tuple(position) if ascending else columns < tuple(position)

    def _encode(self, row: Any, *, backwards: bool) -> str:
        values = [getattr(row, column.key or "") for column in self.columns]
        plain = [(v - EPOCH) // MICROSECOND if isinstance(v, dt.datetime) else v for v in values]
        return base64.urlsafe_b64encode(json.dumps([int(backwards), *plain]).encode()).decode().rstrip("=")

    def _decode(self, cursor: str | None) -> tuple[bool, list[Any] | None]:
        if cursor is None:
            return False, None
        try:
            padded = cursor + "=" * (-len(cursor) % 4)
            backwards, *plain = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
            if backwards not in (0, 1) or len(plain) != len(self.columns):
                raise ValueError
            return bool(backwards), [_value(c, v) for c, v in zip(self.columns, plain, strict=True)]
        except (ValueError, TypeError, binascii.Error, UnicodeError, OverflowError, RecursionError):
            raise Invalid(BAD_CURSOR) from None


def _value(column: Column, plain: Any) -> Any:
    if isinstance(column.type, UtcDateTime):
        return EPOCH + int(plain) * MICROSECOND
    if isinstance(column.type, sa.String):
        if not isinstance(plain, str) or "\x00" in plain:
            raise ValueError
        return plain
    if type(plain) is not int or not -MAX_ID <= plain <= MAX_ID:
        raise ValueError
    return plain
