"""`flask send`: whom it reaches, and what it says where it cannot."""

from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask

from hackitech.core.database import db
from hackitech.models.event import Event
from hackitech.models.user import User
from tests.callers import make_caller
from tests.factories import make_user
from tests.notifications.mailbox import make_topic
from tests.notifications.reader import make_reader

Run = Callable[..., Result]
WORDS = ("--title", "A title", "--message", "A message")

pytestmark = pytest.mark.usefixtures("db_session")


@pytest.fixture
def run(app: Flask) -> Run:
    """Run the command in a context of its own, as from a shell."""

    def run(*words: str) -> Result:
        db.session.commit()
        result = app.test_cli_runner().invoke(args=["send", *words])
        db.session.rollback()
        return result

    return run


def event() -> Event:
    """Return the only event there is."""
    return db.session.query(Event).one()


def test_one_member_is_notified_in_ones_own_words(app: Flask, run: Run) -> None:
    reader = make_reader(app)
    result = run("--type", "announcement", "--to", reader.user.email.upper(), *WORDS)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(f"event {event().id}: done, 1 of 1 recipients\n  in_app: 1 delivered\n")
    assert "  email: 1 created\n" in result.stdout
    assert "A title" in reader.get().text


def test_several_members_follow_one_option_or_several(run: Run) -> None:
    a, b, c = (make_user().email for _ in range(3))
    result = run("--type", "announcement", "--to", a, b, "--to", c, *WORDS)
    assert "done, 3 of 3 recipients" in result.stdout


def test_the_types_own_words_take_params(app: Flask, run: Run) -> None:
    reader = make_reader(app, locale="fr")
    result = run("--type", "team_invitation", "--to", reader.user.email, "--param", "team=Rust & Cie")
    assert result.exit_code == 0, result.output
    assert event().params == {"team": "Rust & Cie"}
    assert "Rust &amp; Cie" in reader.get().text


def test_a_topic_a_role_and_everybody_are_reached(app: Flask, run: Run) -> None:
    make_topic("rust", make_caller(app), make_caller(app))
    make_user("organiser")
    assert "done, 1 of 1 recipients" in run("--type", "announcement", "--role", "organiser", *WORDS).stdout
    assert "done, 2 of 2 recipients" in run("--type", "announcement", "--topic", "rust", *WORDS).stdout
    everybody = db.session.query(User).count()
    result = run("--type", "announcement", "--all", *WORDS)
    assert f"done, {everybody} of {everybody} recipients" in result.stdout


def test_an_unknown_type_lists_those_there_are(run: Run) -> None:
    result = run("--type", "nonsense", "--to", make_user().email, *WORDS)
    assert result.exit_code == 1
    assert "There is no type 'nonsense'" in result.stderr
    assert "team_invitation" in result.stderr


def test_missing_and_unknown_params_are_named(run: Run) -> None:
    result = run("--type", "team_invitation", "--to", make_user().email, "--param", "colour=red")
    assert result.exit_code == 1
    assert "params.team: Missing" in result.stderr
    assert "params.colour: Unknown param. This type has: " in result.stderr
    assert db.session.query(Event).count() == 0


def test_an_unknown_address_alone_notifies_nobody(run: Run) -> None:
    result = run("--type", "announcement", "--to", "nobody@example.org", *WORDS)
    assert result.exit_code == 1
    assert "No member has the address nobody@example.org." in result.stderr
    assert db.session.query(Event).count() == 0


def test_among_others_it_is_named_and_stops_nobody(run: Run) -> None:
    result = run("--type", "announcement", "--to", make_user().email, "nobody@example.org", *WORDS)
    assert result.exit_code == 0
    assert "nobody@example.org" in result.stderr
    assert "1 of 1 recipients" in result.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Say who"),
        (("--all", "--topic", "rust"), "Say who"),
        (("--all", "--role", "admin"), "Say who"),
        (("--all", "--title", "Alone"), "message: "),
        (("--topic", "unknown", *WORDS), "topic: "),
        (("--all", "--param", "nameless"), "name=value"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_sent(run: Run, words: tuple[str, ...], said: str) -> None:
    result = run("--type", "announcement", *words)
    assert result.exit_code in (1, 2)
    assert said in result.stderr
    assert "Traceback" not in result.output
    assert db.session.query(Event).count() == 0


def test_a_dry_run_counts_and_sends_nothing(run: Run) -> None:
    make_user()
    make_user(email="")
    result = run("--type", "announcement", "--all", "--dry-run", *WORDS)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(
        "dry run: 2 recipients, nothing was sent\n  in_app: 2 send (default_on)\n"
    )
    assert "  email: 1 send (default_on), 1 suppress (no_address)\n" in result.stdout
    assert db.session.query(Event).count() == 0
