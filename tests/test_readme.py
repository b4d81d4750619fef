"""The README, where it repeats what the code says."""

import re

import pytest

from config import ROOT, settings_table
from hackitech.app import create_app
from tests.conftest import SETTINGS

README = (ROOT / "README.md").read_text()
pytestmark = pytest.mark.sqlite_only


def test_its_settings_are_those_of_the_program() -> None:
    assert settings_table() in README, "write it anew: .venv/bin/python -m scripts.readme"


def test_every_file_that_it_names_is_there() -> None:
    named = set(re.findall(r"`((?:hackitech|tests|migrations|docs|scripts|bench|chaos)/[\w./-]+)`", README))
    linked = {path for path in re.findall(r"\]\(([\w./-]+)\)", README) if not path.startswith("http")}

    assert [path for path in sorted(named | linked) if not (ROOT / path).exists()] == []


def test_every_command_that_it_shows_exists() -> None:
    commands = create_app({**SETTINGS, "REDIS_URL": "redis://127.0.0.1:1/0"}).cli
    shown = set(re.findall(r"flask --app wsgi (\w+)(?: (\w+))?", README))

    assert shown
    for name, sub in shown:
        assert name in commands.commands, name
        group = getattr(commands.commands[name], "commands", None)
        assert group is None or sub in group, f"{name} {sub}"


def test_it_says_why_each_library_is_there() -> None:
    wanted = (ROOT / "requirements.txt").read_text().partition("# --- What the above need")[0]
    direct = set(re.findall(r"^([\w-]+)==", wanted, re.MULTILINE))
    told = {
        name for row in re.findall(r"^\| ([\w, -]+) \|", README, re.MULTILINE) for name in row.split(", ")
    }

    assert direct - told == set()
