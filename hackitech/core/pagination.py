"""Keyset pagination: a page costs the same wherever it is, and rows that arrive meanwhile move nothing."""

import base64
import binascii
import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import QueryableAttribute

from hackitech.core.database import MAX_ID, UtcDateTime, chosen_by, db
from hackitech.core.errors import Invalid

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)
BAD_CURSOR = {"cursor": ["Not a cursor of this list; take it from `next` or `previous`."]}
BATCH, SIFTED = 100, 2000
"""How many rows a page that leaves some out looks at in one statement, and in all."""

Column = QueryableAttribute[Any] | sa.ColumnElement[Any]
Select = sa.Select[Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in the list's order, and the cursors of the pages beside this one."""

    rows: Sequence[Any]
    next: str | None
    previous: str | None
    reached: Any = None
    """The row of `walked` behind which a page that is short goes on (`within`)."""


@dataclass(frozen=True, slots=True)
class Keyset:
    """The columns that order a list, newest first unless `ascending`; together they are unique.

    The columns must be among those that the select returns, under their own names.
    """

    columns: tuple[Column, ...]
    ascending: bool = False

    def page(self, query: Select, cursor: str | None, size: int) -> Page:
        """Run `query` for one page of `size` rows.

        Raises:
            Invalid: `cursor` is not one of this list's.
        """
        backwards, position = self._decode(cursor)
        rows = self._read(query, position, self.ascending != backwards, size + 1)
        return self._page(rows[:size], rows[size - 1] if len(rows) > size else None, cursor)

    def sift(self, query: Select, cursor: str | None, size: int) -> Page:
        """Run `query` for one page of those rows whose column `shown` is true.

        It looks at `SIFTED` rows at most: where they do not suffice the page is short, and the next one
        goes on behind what was looked at.

        Raises:
            Invalid: `cursor` is not one of this list's.
        """
        backwards, position = self._decode(cursor)
        found: list[Any] = []
        for _ in range(SIFTED // BATCH):
            batch = self._read(query, position, self.ascending != backwards, BATCH)
            found += [row for row in batch if row.shown]
            if len(found) > size:
                return self._page(found[:size], found[size - 1], cursor)
            if len(batch) < BATCH:
                return self._page(found, None, cursor)
            position = self._position(batch[-1])
        return self._page(found, batch[-1], cursor)

    def within(
        self, query: Select, walked: Sequence[Select], cursor: str | None, size: int, most: int
    ) -> Page:
        """Run `query` for one page of `size` rows among the next `most` that `walked` leads through.

        `walked` selects these columns of a superset that an index has in this order, or of several that make
        it up: a filter that finds little costs no more than one that finds much. The page is short then, and
        the next one goes on behind what was looked at. `query` need not repeat where `walked` ends.

        Raises:
            Invalid: `cursor` is not one of this list's.
        """
        position, ascending = self._looking(cursor)
        path = self._path(walked, position, ascending, most)
        last = db.session.execute(path.offset(most - 1).limit(1)).first()
        if len(walked) > 1:
            ids = path.limit(most).subquery().c[self.columns[-1].key or ""]
            query, position = query.where(chosen_by(db.session(), self.columns[-1], sa.select(ids))), None
        elif last is not None:  # one bound at an end: of two, SQLite takes the first instead of the nearer
            query = query.where(sa.not_(self._beyond(self._position(last), ascending)))
        elif walked[0].whereclause is not None:
            query = query.where(walked[0].whereclause)
        rows = self._read(query, position, ascending, size + 1)
        if len(rows) > size:
            return self._page(rows[:size], rows[size - 1], cursor)
        return replace(self._page(rows, last, cursor), reached=last)

    def _looking(self, cursor: str | None) -> tuple[list[Any] | None, bool]:
        """Return from where a page looks, and whether upwards."""
        backwards, position = self._decode(cursor)
        return position, self.ascending != backwards

    def _path(self, walked: Sequence[Select], position: Any, ascending: bool, most: int) -> Select:
        """Return what leads through the selects in `walked` from a position on, in the order of looking."""
        if len(walked) == 1:
            return self._from(walked[0], position, ascending)
        parts = [self._from(one, position, ascending).limit(most).subquery() for one in walked]
        together = sa.union_all(*(sa.select(part) for part in parts)).subquery()
        columns = [together.c[column.key or ""] for column in self.columns]
        return sa.select(together).order_by(*_order(columns, ascending))

    def _read(self, query: Select, position: Any, ascending: bool, amount: int) -> list[Any]:
        """Return that many rows from a position on, in the order of looking."""
        return list(db.session.execute(self._from(query, position, ascending).limit(amount)))

    def _from(self, query: Select, position: Any, ascending: bool) -> Select:
        if position is not None:
            query = query.where(self._beyond(position, ascending))
        return query.order_by(*_order(self.columns, ascending))

    def _page(self, rows: list[Any], end: Any, cursor: str | None) -> Page:
        """Return a page of rows in the order of looking; `end` is where more lie beyond, None if none do."""
        backwards, _position = self._decode(cursor)
        start = rows[0] if rows and cursor is not None else None
        first, last = (end, start) if backwards else (start, end)
        return Page(
            rows[::-1] if backwards else rows,
            next=None if last is None else self._encode(last, backwards=False),
            previous=None if first is None else self._encode(first, backwards=True),
        )

    def behind(self, *position: Any) -> str:
        """Return the cursor of the page that begins behind a position, one value for each column."""
        names = (column.key or "" for column in self.columns)
        return self._encode(SimpleNamespace(**dict(zip(names, position, strict=True))), backwards=False)

    def _position(self, row: Any) -> list[Any]:
        return [getattr(row, column.key or "") for column in self.columns]

    def _beyond(self, position: list[Any], ascending: bool) -> sa.ColumnElement[bool]:
        columns = sa.tuple_(*self.columns)
        return columns > tuple(position) if ascending else columns < tuple(position)

    def _encode(self, row: Any, *, backwards: bool) -> str:
        plain = [(v - EPOCH) // MICROSECOND if isinstance(v, dt.datetime) else v for v in self._position(row)]
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


def _order(columns: Sequence[Column], ascending: bool) -> list[sa.ColumnElement[Any]]:
    return [column.asc() if ascending else column.desc() for column in columns]


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
