"""Looking a type up costs no SQL while the process remembers it."""

import pytest
import sqlalchemy as sa

from hackitech.catalog.loader import load_types
from hackitech.catalog.lookup import all_types, find_type, forget_types, get_type
from hackitech.catalog.sync import sync_types
from hackitech.channels.registry import channel_keys
from hackitech.core.database import db
from hackitech.core.errors import Invalid
from hackitech.models.notification_type import NotificationType


@pytest.fixture
def statements(app):
    """What was sent to the database since the catalogue was written."""
    sync_types(db.session, load_types(channel_keys()), channel_keys())
    db.session.commit()
    sent: list[str] = []

    def remember(_connection, _cursor, statement, *_rest):
        if statement.startswith("SELECT"):
            sent.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", remember)
    yield sent
    sa.event.remove(db.engine, "before_cursor_execute", remember)


def test_a_second_look_costs_no_sql(statements):
    get_type(db.session, "comment")
    first = len(statements)

    assert get_type(db.session, "team_invitation").key == "team_invitation"
    assert all_types(db.session)
    assert first == len(statements) == 3


def test_an_unknown_type_is_the_callers_mistake_and_costs_no_sql_either(statements):
    get_type(db.session, "comment")
    statements.clear()

    with pytest.raises(Invalid) as caught:
        get_type(db.session, "nothing")

    assert list(caught.value.errors) == ["notification_type"]
    assert find_type(db.session, "nothing") is None
    assert statements == []


def test_a_change_by_another_process_is_seen_once_the_cache_ends(app, statements):
    app.config["CATALOG_CACHE"] = 0.0
    assert get_type(db.session, "comment").priority == "low"

    db.session.execute(sa.update(NotificationType).values(priority="urgent"))

    assert get_type(db.session, "comment").priority == "urgent"


def test_the_cache_is_used_until_it_is_forgotten(statements):
    get_type(db.session, "comment")
    db.session.execute(sa.update(NotificationType).values(priority="urgent"))

    assert get_type(db.session, "comment").priority == "low"
    forget_types()
    assert get_type(db.session, "comment").priority == "urgent"


def test_types_come_in_the_order_of_their_categories(statements):
    categories = [loaded.category for loaded in all_types(db.session)]

    assert list(dict.fromkeys(categories)) == [
        "team",
        "hackathon",
        "project",
        "community",
        "account",
        "platform",
    ]
    assert categories == sorted(categories, key=list(dict.fromkeys(categories)).index)
