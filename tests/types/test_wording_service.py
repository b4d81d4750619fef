"""Versions of wording: drafts, publishing, going back, and two who write at once."""

import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from hackitech.catalog.authoring import UnfitWording
from hackitech.catalog.definitions import Wording
from hackitech.catalog.lookup import get_type
from hackitech.core.database import db
from hackitech.core.errors import Conflict, NotFound
from hackitech.models.audit_entry import AuditEntry
from hackitech.models.notification_type import NotificationType
from hackitech.models.user import User
from hackitech.types import queries, wording_service
from hackitech.types.queries import Place, State
from tests.factories import make_user

pytestmark = pytest.mark.usefixtures("db_session", "own_types")
FRENCH = Place("team_invitation", "fr")


@pytest.fixture
def ana() -> User:
    return make_user("admin", name="Ana")


@pytest.fixture
def ben() -> User:
    return make_user("admin", name="Ben")


def saying(title: str, **more: object) -> Wording:
    return Wording(title, "Viens dans {{ team }}.", **more)  # type: ignore[arg-type]


def said() -> str:
    """Return the title that notifications have now."""
    return get_type(db.session, FRENCH.key).wording["fr"].title


def versions() -> list[int]:
    query = queries.versions_of(FRENCH).order_by(sa.desc("version"))
    return [row.version for row in db.session.execute(query)]


def number_of(told: dict | None) -> int | None:
    return told["version"] if told else None


def entries() -> list[AuditEntry]:
    return list(db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)))


def test_a_draft_is_seen_by_nobody_until_it_is_published(ana: User):
    before = said()

    assert wording_service.save_draft(FRENCH, saying("Essai"), 1, ana.id) == 2

    assert said() == before
    assert queries.states()[FRENCH] == State(in_force=1, draft=2)
    assert wording_service.publish(FRENCH, saying("Publié"), 2, ana.id) == 3
    assert said() == "Publié"
    assert queries.states()[FRENCH] == State(in_force=3, source="admin")


def test_ones_own_draft_is_replaced_and_somebody_elses_stays(ana: User, ben: User):
    wording_service.save_draft(FRENCH, saying("Un"), 1, ana.id)
    wording_service.save_draft(FRENCH, saying("Deux"), 2, ana.id)
    wording_service.save_draft(FRENCH, saying("Trois"), 3, ben.id)

    assert versions() == [4, 3, 1]
    assert queries.get_version(FRENCH, 3).author == "Ana"
    assert queries.newest_draft(FRENCH).author == "Ben"


def test_a_draft_may_be_wrong_and_cannot_be_published_so(ana: User):
    wrong = saying("{{ tema }}")
    wording_service.save_draft(FRENCH, wrong, 1, ana.id)

    with pytest.raises(UnfitWording) as caught:
        wording_service.publish(FRENCH, wrong, 2, ana.id)

    (problem,) = caught.value.problems["title"]
    assert problem.line == 1 and "tema" in problem.message
    assert said() != "{{ tema }}"


def test_what_is_too_long_is_not_even_kept(ana: User):
    with pytest.raises(UnfitWording):
        wording_service.save_draft(FRENCH, saying("x" * 10_001), 1, ana.id)


def test_wording_that_says_nothing_without_the_optional_params_is_refused(ana: User):
    with pytest.raises(UnfitWording) as caught:
        wording_service.publish(FRENCH, saying("{% if hackathon %}x{% endif %}"), 1, ana.id)

    assert list(caught.value.problems) == ["title"]


def test_going_back_publishes_the_old_words_as_a_new_version(ana: User):
    before = said()
    wording_service.publish(FRENCH, saying("Autre"), 1, ana.id)

    assert wording_service.roll_back(FRENCH, 1, 2, ana.id) == 3

    assert said() == before
    assert versions() == [3, 2, 1]
    with pytest.raises(NotFound):
        wording_service.roll_back(FRENCH, 99, 3, ana.id)


def test_an_old_version_that_no_longer_fits_the_params_stays_where_it_is(ana: User):
    wording_service.publish(FRENCH, saying("{{ hackathon | default: 'x' }}"), 1, ana.id)
    wording_service.roll_back(FRENCH, 1, 2, ana.id)
    row = db.session.get_one(NotificationType, FRENCH.key)
    row.params = {name: param for name, param in row.params.items() if name != "hackathon"}
    db.session.commit()

    with pytest.raises(UnfitWording):
        wording_service.roll_back(FRENCH, 2, 3, ana.id)


def test_who_did_not_see_the_newest_version_overwrites_nothing(ana: User, ben: User):
    wording_service.publish(FRENCH, saying("D’Ana"), 1, ana.id)

    for use in (wording_service.publish, wording_service.save_draft):
        with pytest.raises(Conflict):
            use(FRENCH, saying("De Ben"), 1, ben.id)
    with pytest.raises(Conflict):
        wording_service.roll_back(FRENCH, 1, 1, ben.id)

    assert said() == "D’Ana" and versions() == [2, 1]


def test_pressing_twice_is_the_same_as_once(ana: User):
    first = [wording_service.save_draft(FRENCH, saying("Une"), 1, ana.id) for _ in range(2)]
    then = [wording_service.publish(FRENCH, saying("Une"), 2, ana.id) for _ in range(2)]

    assert (first, then) == ([2, 2], [3, 3])
    assert versions() == [3, 1]


def test_of_two_who_publish_at_the_same_moment_one_is_told(app: Flask, ana: User, ben: User):
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def publish(author_id: int, title: str) -> Callable[[], None]:
        def run() -> None:
            with app.app_context():
                start.wait()
                try:
                    wording_service.publish(FRENCH, saying(title), 1, author_id)
                    outcomes.append(title)
                except Conflict:
                    outcomes.append("told")

        return run

    db.session.commit()
    threads = [threading.Thread(target=publish(author.id, author.name)) for author in (ana, ben)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.expire_all()

    assert outcomes.count("told") == 1
    assert versions() == [2, 1]


def test_each_language_has_its_own_versions(ana: User):
    wording_service.publish(FRENCH, saying("Autre"), 1, ana.id)

    assert queries.states()[Place(FRENCH.key, "en")] == State(in_force=1)


def test_every_step_is_on_record_with_before_and_after(ana: User):
    wording_service.save_draft(FRENCH, saying("Une"), 1, ana.id)
    wording_service.publish(FRENCH, saying("Deux"), 2, ana.id)
    wording_service.roll_back(FRENCH, 1, 3, ana.id)

    found = [(one.action, one.object_id, number_of(one.before), number_of(one.after)) for one in entries()]
    assert found == [
        ("wording.draft", "team_invitation/fr", None, 2),
        ("wording.publish", "team_invitation/fr", 1, 3),
        ("wording.roll_back", "team_invitation/fr", 3, 4),
    ]
    published = entries()[1].after
    assert published and published["wording"]["title"] == "Deux"
    assert {entry.actor_id for entry in entries()} == {ana.id}


def test_channels_may_say_it_in_other_words(ana: User):
    words = saying("Tous", channels={"push": {"body": "Court"}, "email": {"subject": "Objet {{ team }}"}})

    wording_service.publish(FRENCH, words, 1, ana.id)

    assert get_type(db.session, FRENCH.key).wording["fr"] == words
