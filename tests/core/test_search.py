"""What members are found by: case and accents make no difference, and both databases agree with Python."""

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hackitech.core.database import db
from hackitech.core.search import matches
from hackitech.core.text import fold

LATIN = st.characters(min_codepoint=0x20, max_codepoint=0x17F)


def found(text: str, *columns: str | None) -> bool:
    return bool(db.session.scalar(sa.select(matches(text, *(sa.literal(c, sa.Text) for c in columns)))))


@pytest.mark.parametrize("text", ["hélène", "HELENE", "lene o", "’", "'", "OEUVRARD", "%", "_", "\\"])
def test_case_accents_and_ligatures_make_no_difference(db_session: object, text: str) -> None:
    assert found(text, "Hélène Œuvrard, l’autre 100 %_\\")


@pytest.mark.parametrize("text", ["Helena", "100%", "a_b"])
def test_what_is_not_there_is_not_found(db_session: object, text: str) -> None:
    assert not found(text, "Hélène", "100 %", "a-b")


def test_any_of_the_columns_will_do_and_some_may_be_empty(db_session: object) -> None:
    assert found("bob", None, "Ana", "Bob")
    assert not found("bob", None, "Ana")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(LATIN, max_size=20), part=st.text(LATIN, min_size=1, max_size=2))
def test_a_database_finds_what_python_finds(db_session: object, text: str, part: str) -> None:
    assert found(part, text) == (fold(part) in fold(text))
