"""Watch what a request sends to the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from hackitech.core.database import db
from tests.database import writing_connection

CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA")


@contextmanager
def watched() -> Iterator[list[tuple[str, Any]]]:
    """Collect the statements that run inside, with their parameters as the driver takes them."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if not statement.startswith(CONTROL):
            seen.append((statement, parameters))

    engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def explain(statement: str, parameters: Any) -> list[str]:
    """Run a statement, undo it, and return what its plan says about the table of notifications.

    SQLite: a line of EXPLAIN QUERY PLAN per access. Postgres: the node, and how many rows it looked at.
    """
    with writing_connection(db.engine) as connection:
        if connection.dialect.name == "sqlite":
            lines = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            return [line.detail for line in lines if " notification" in line.detail]
        explained = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters)
        plan: Any = explained.scalar()
        return list(_accesses(plan[0]["Plan"]))


def _accesses(node: dict[str, Any]) -> Iterator[str]:
    if node.get("Relation Name") == "notification" and "Scan" in node["Node Type"]:
        each = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
        yield f"{node['Node Type']}, {each * node['Actual Loops']:.0f} rows looked at"
    for inner in node.get("Plans", ()):
        yield from _accesses(inner)
