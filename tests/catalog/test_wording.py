"""Wording: what it can say, and what hostile wording cannot do."""

import contextlib
import datetime as dt
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hackitech.catalog.wording import MAX_TITLE, WordingError, check_template, render, render_line
from hackitech.core.errors import Invalid

pytestmark = pytest.mark.sqlite_only
WHEN = dt.datetime(2027, 3, 12, 17, 0, tzinfo=dt.UTC)
LONG = "é" * 2_000


@pytest.mark.parametrize(
    ("source", "locale", "text"),
    [
        ("{{ when }}", "fr", "12 mars 2027 à 18:00"),
        ("{{ when }}", "en", "March 12, 2027 at 6:00\u202fPM"),
        ("{{ when | date }}", "fr", "12 mars 2027"),
        ("{{ when | day }}", "fr", "vendredi 12 mars 2027"),
        ("{{ when | time }}", "fr", "18:00"),
        ("{{ big | number }}", "fr", "12\u202f345,5"),
        ("{{ big | number }}", "en", "12,345.5"),
        ("{{ zero }} {{ zero | plural: 'jour', 'jours' }}", "fr", "0 jour"),
        ("{{ zero }} {{ zero | plural: 'day', 'days' }}", "en", "0 days"),
        ("{{ big | minus: 345.5 | number }}", "fr", "12\u202f000"),
        ("{{ team | capitalize }}", "fr", "Équipe Rust"),
        ("{{ team | truncate: 8 }}", "fr", "équipe…"),
        ("{{ nothing | default: 'personne' }}", "fr", "personne"),
        ("[{{ nothing }}{{ nothing | date }}]", "fr", "[]"),
        ("{% if yes and team contains 'Rust' %}oui{% else %}non{% endif %}", "fr", "oui"),
        ("{% case team %}{% when 'a' %}A{% else %}B{% endcase %}", "fr", "B"),
    ],
)
def test_wording_speaks_the_language(source, locale, text):
    params = {"when": WHEN, "big": 12345.5, "zero": 0, "team": "équipe Rust", "nothing": None, "yes": True}

    assert check_template(source, params) == []
    assert render(source, params, locale) == text


def test_what_a_param_holds_is_never_a_template():
    assert render("{{ team }}", {"team": "{{ secret }} {% if %}"}, "fr") == "{{ secret }} {% if %}"


def test_html_is_left_as_it_is_because_the_output_is_plain_text():
    assert render("<b>{{ team }}</b>", {"team": "<i> & co"}, "fr") == "<b><i> & co</b>"


def test_control_characters_and_reversed_text_are_taken_out():
    hostile = "a\x00b\x1b[31mc\u202ed\u2066e\ud800f\tg\r\nh"

    assert render("{{ team }}", {"team": hostile}, "fr") == "ab[31mcdef g\nh"
    assert render_line("{{ team }}", {"team": hostile}, "fr") == "ab[31mcdef g h"


def test_a_title_is_one_line_of_a_bounded_length_and_keeps_its_narrow_spaces():
    line = render_line("«\u202f{{ team }}\u202f»\n !", {"team": LONG}, "fr")

    assert len(line) == MAX_TITLE and line.endswith("…") and line.startswith("«\u202fé")


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        ("a\nb {{ team }", 2, "{{ is never closed"),
        ("a\n{% if team %}\n{% unless team %}{% endunless %}", 2, "{% if %} is never closed"),
        ("a\n\n{{ temas }}", 3, '"temas" is not a param of this type'),
        ("a\n{{ team | uppercase }}", 2, 'unknown filter "uppercase"'),
        ("a\n{{ team.name }}", 2, '"team.name" looks inside a param'),
        ("a\n{% for x in team %}{% endfor %}", 2, "unexpected tag 'for'"),
        ("a\n{{ team team }}", 2, "expected"),
    ],
)
def test_a_mistake_is_told_with_its_line(source, line, message):
    (problem,) = check_template(source, {"team"})

    assert problem.line == line
    assert message in problem.message
    assert problem.hint


def test_wording_that_fails_is_the_senders_to_know_and_not_a_crash():
    with pytest.raises(Invalid) as caught:
        render("{{ team | date }}", {"team": "Rust"}, "fr")

    assert "datetime" in caught.value.errors["params"][0]


REFUSED = {
    "a loop": "{% for i in (1..1000000000) %}x{% endfor %}",
    "a loop backwards": "{% for i in (1..1000000000) reversed limit: 1 %}x{% endfor %}",
    "a table": "{% tablerow i in (1..1000000000) %}x{% endtablerow %}",
    "a search in a huge range": "{% if (1..999999999999) contains 'x' %}x{% endif %}",
    "doubling": "{% assign x = team %}" + "{% assign x = x | append: x %}" * 300 + "{{ x }}",
    "repeating": ("{% assign x = x" + " | append: team" * 30 + " %}") * 20,
    "much output": "{{ team }}" * 990,
    "multiplying": "{{ team | replace: '', team | replace: '', team }}",
    "joining": "{{ team | split: '' | join: team }}",
    "big numbers": "{{ 9 | times: 999999999 | times: 999999999 }}",
    "a huge number": "{{ " + "9" * 480 + " | minus: 1 }}",
    "a huge length": "{{ team | truncate: 99999999999999999999999 }}",
    "a class": "{{ team.__class__.__mro__ }}",
    "a class by name": "{{ team['__class__'] }}",
    "a class through a variable": "{% assign x = team %}{{ x.__class__ }}",
    "a variable by its name": "{{ [team] }}",
    "the clock": "{{ now }}",
    "a file": "{% render '/etc/passwd' %}",
    "a file the old way": "{% include '/etc/passwd' %}",
    "tags in a tag": "{% liquid\nassign x = 1\necho x %}",
    "deep blocks": "{% if team %}" * 400 + "{% endif %}" * 400,
    "deep brackets": "{{ " + "a[" * 80 + "]" * 80 + " }}",
    "many braces": "{{" * 5_000,
    "many openings": "{%" * 5_000,
    "many blanks": "{{" + " " * 9_000 + "}}",
    "many blanks in a tag": "{% if" + " " * 9_000 + "team %}{% endif %}",
    "blanks in pieces": ("{{" + (" " * 19 + "x") * 24 + "}}") * 19,
    "open comments": "{% comment %}" * 700,
    "open raw text": "{% raw %}" * 1_000,
    "open documentation": "{% doc %}" * 1_000,
    "quotes": ("{{ " + "\"'" * 240 + " }}") * 19,
    "parentheses": ("{{ " + "(" * 490 + " }}") * 19,
    "length": "x" * 10_001,
}


@pytest.mark.parametrize("name", REFUSED)
def test_sec_12_hostile_wording_is_refused_within_a_second(name):
    started = time.process_time()

    with pytest.raises(WordingError):
        render(REFUSED[name], {"team": LONG, "x": ""}, "fr")

    assert time.process_time() - started < 1


BRACKETS = ["{{", "}}", "{%", "%}", "(", ")", "[", "]", "..", ".", "|", ":", ",", "'", '"', "-", "="]
WORDS = [
    "team",
    "x",
    "1",
    "if",
    "endif",
    "else",
    "case",
    "when",
    "assign",
    "comment",
    "raw",
    "contains",
    "append",
]


@settings(max_examples=300, deadline=1_000)
@given(
    st.lists(st.sampled_from([*BRACKETS, *WORDS, "\n"]), max_size=60).map(" ".join) | st.text(max_size=200)
)
def test_sec_12_no_wording_at_all_raises_anything_else(source):
    check_template(source, {"team"})
    with contextlib.suppress(WordingError):
        render(source, {"team": "Rust"}, "fr")
