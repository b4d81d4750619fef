"""Wording that administrators type breaks out of nothing, and is refused within a second by every way in."""

import time
from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hackitech.admin.types_diff_view import diff_rows
from hackitech.catalog.definitions import Wording
from hackitech.types import queries
from hackitech.types.queries import Place
from tests.catalog.test_wording import REFUSED
from tests.factories import make_user, same_origin, sign_in

pytestmark = [pytest.mark.usefixtures("db_session", "own_types"), pytest.mark.sqlite_only]
EDITOR = "/admin/types/team_invitation/wording/fr"
FRENCH = Place("team_invitation", "fr")
ATTACKS = REFUSED | {
    "gigabytes by a filter": "{{ 'a' | times: 50000000 }}",
    "gigabytes by Python": "{{ 'a'*50000000 }}",
    "gigabytes by a range": "{{ (1..999999999) | join: ',' }}",
    "gigabytes by assigning": "{% assign x = 'aaaaaaaaaaaaaaaa' %}" + "{% assign x = x | append: x %}" * 200,
    "capturing": "{% capture x %}{{ team }}{% endcapture %}" * 100,
    "Jinja": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "Jinja's way out": "{% import os %}{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "a chain of filters": "{{ team" + " | upcase" * 5_000 + " }}",
    "a chain that fits": ("{{ team" + " | append: team" * 30 + " }}") * 20,
    "deep cases": "{% case team %}{% when 'a' %}" * 300 + "{% endcase %}" * 300,
    "a raw block without end": "{% raw %}" * 1_000,
    "tabs": "{{" + "\t" * 4_000 + "team" + "\t" * 4_000 + "}}",
    "lines of blanks": "{%\n" * 3_000,
    "blanks before a pipe": "{{ team" + " " * 450 + "| upcase }}",
    "braces that close": "}}" * 5_000 + "{{",
    "quotes that never end": "{{ '" + "\\'" * 240,
    "comments in comments": "{% comment %}" * 300 + "{% endcomment %}" * 300 + "{{",
}
"""What the engine itself is attacked with, and what is only tried through the pages."""


@pytest.fixture
def attack(client: FlaskClient) -> Iterator[Callable[..., TestResponse]]:
    """Send wording as an administrator's browser does, and fail if that takes a second of computing."""
    sign_in(client, make_user("admin"))
    client.get(EDITOR)

    def send(action: str, form: dict[str, str], **headers: str) -> TestResponse:
        proof = same_origin(client)
        started = time.process_time()
        answer = client.post(f"{EDITOR}/{action}", data=form, headers={**proof, **headers})
        assert time.process_time() - started < 1, f"{action} took too long"
        return answer

    yield send


@pytest.mark.parametrize("name", ATTACKS)
def test_sec_12_hostile_wording_is_refused_by_preview_and_publish(
    attack: Callable[..., TestResponse], name: str
) -> None:
    form = {"title": "Titre", "message": ATTACKS[name], "base": "1"}

    preview = attack("preview", form, **{"HX-Request": "true"})
    published = attack("publish", form)

    assert preview.status_code == 200 and 'id="problems"' in preview.text
    assert len(preview.data) < 50_000
    assert published.status_code == 422
    assert queries.version_in_force(FRENCH).version == 1


@pytest.mark.parametrize("name", ["gigabytes by assigning", "open raw text", "deep blocks", "parentheses"])
def test_sec_12_every_field_at_once_is_refused_in_time_too(
    attack: Callable[..., TestResponse], name: str
) -> None:
    fields = [f"{channel}.{part}" for channel in ("email", "push", "webhook") for part in ("subject", "body")]
    form = {
        **dict.fromkeys(["title", "message", "action_label", *fields], ATTACKS[name][:8_000]),
        "base": "1",
    }

    assert attack("publish", form).status_code == 422
    assert attack("email", form).status_code == 200


def test_sec_12_a_draft_of_hostile_wording_harms_nobody_who_opens_it(
    attack: Callable[..., TestResponse], client: FlaskClient
) -> None:
    form = {"title": ATTACKS["Jinja"], "message": ATTACKS["open comments"][:9_000], "base": "1"}
    assert attack("draft", form).status_code == 303

    started = time.process_time()
    page, email = client.get(EDITOR), client.get(f"{EDITOR}/email")

    assert time.process_time() - started < 1
    assert page.status_code == email.status_code == 200
    assert "subclasses" in page.text and "subclasses" not in email.text
    assert attack("roll_back", {"version": "2", "base": "2"}).status_code == 303
    assert queries.version_in_force(FRENCH).version == 1


def mixed(step: int, different: int) -> list[str]:
    return [str(number * step % different) for number in range(3_000)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\n" * 5_000, "b\na\n" * 2_500),
        ("\n".join(mixed(1, 100)), "\n".join(mixed(7, 100))),
        (" ".join(mixed(1, 50)), " ".join(mixed(7, 50))),
        ("\n".join(f"{n} {n}" for n in range(390)), "\n".join(f"{n} {n + 1}" for n in range(390))),
    ],
    ids=["lines", "many lines", "words", "lines of words"],
)  # fmt: skip
def test_sec_12_comparing_hostile_versions_takes_no_longer(before: str, after: str) -> None:
    started = time.process_time()

    rows = diff_rows(Wording("t", before), Wording("t", after))

    assert rows and time.process_time() - started < 1
