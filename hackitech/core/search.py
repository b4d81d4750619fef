"""Searching names and other short texts without regard to case and accents, on either database."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from hackitech.core.text import LIGATURES

_MARKS = r"[\u0300-\u036f]"
_LONGER = {**LIGATURES, "ß": "ss"}
"""What is not taken apart by normalizing, and what `casefold` alone knows."""


class Holds(FunctionElement[bool]):
    """Whether the first text holds the second, both folded by the database."""

    name = "holds"
    type = sa.Boolean()
    inherit_cache = True


def matches(text: str, *columns: Any) -> sa.ColumnElement[bool]:
    """Return the condition that one of these columns holds a text, whatever its case and accents."""
    return sa.or_(*(Holds(column, sa.literal(text)) for column in columns))


@compiles(Holds, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    where, what = (f"fold({compiler.process(clause, **options)})" for clause in element.clauses)
    return f"(instr({where}, {what}) > 0)"


@compiles(Holds, "postgresql")
def _on_postgres(element: Any, compiler: Any, **options: Any) -> str:
    where, what = (_folded(compiler.process(clause, **options)) for clause in element.clauses)
    return f"(strpos({where}, {what}) > 0)"


def _folded(text: str) -> str:
    """Return what Postgres makes of an expression as `core.text.fold` does in Python."""
    folded = f"lower(regexp_replace(normalize({text}, NFKD), '{_MARKS}', '', 'g'))"
    for letter, plain in _LONGER.items():
        folded = f"replace({folded}, '{letter}', '{plain.replace(chr(39), chr(39) * 2)}')"
    return folded
