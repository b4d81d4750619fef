"""`flask doctor`: what is ill, and how to mend it."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from hackitech.app import create_app

PARTS = ["database", "migrations", "types", "redis", "mail", "push keys"]


def examine(app: Flask) -> Result:
    return app.test_cli_runner().invoke(args=["doctor"])


def ill(result: Result) -> dict[str, str]:
    """Return what is said of each part that is ill."""
    lines = (line.removeprefix("ILL").strip().partition(": ") for line in result.stdout.splitlines())
    return {part: text for part, _, text in lines if not part.startswith("ok")}


def test_a_sound_site_has_one_line_for_each_part(app: Flask) -> None:
    result = examine(app)
    assert result.exit_code == 0, result.output
    assert [line.removeprefix("ok").strip().partition(":")[0] for line in result.stdout.splitlines()] == PARTS


@pytest.mark.parametrize(
    ("setting", "value", "part", "mended_by"),
    [
        ("REDIS_URL", "redis://127.0.0.1:1/0", "redis", "set REDIS_URL"),
        ("REDIS_URL", "", "redis", "make run"),
        ("SMTP_URL", "smtp://127.0.0.1:1", "mail", "set SMTP_URL"),
        ("SMTP_URL", "", "mail", "set SMTP_URL"),
        ("SMTP_URL", "ftp://x", "mail", "smtp://"),
        ("VAPID_PRIVATE_KEY", "-----BEGIN NONSENSE", "push keys", "VAPID_PRIVATE_KEY"),
        ("FCM_CREDENTIALS", "{}", "push keys", "FCM_CREDENTIALS"),
        ("APNS_KEY", "no key", "push keys", "APNS_KEY_ID, APNS_TEAM_ID, APNS_TOPIC are missing"),
        ("DATABASE_URL", "sqlite:////nowhere/at/all.db", "database", "set DATABASE_URL"),
    ],
)
def test_what_is_ill_says_how_to_mend_it(
    app_settings: dict[str, Any], setting: str, value: str, part: str, mended_by: str
) -> None:
    result = examine(create_app({**app_settings, setting: value}))
    assert result.exit_code == 1
    assert mended_by in ill(result)[part]
    assert len(result.stdout.splitlines()) == len(PARTS)


def test_an_apple_key_that_signs_nothing_is_named(app_settings: dict[str, Any]) -> None:
    apple = dict.fromkeys(["APNS_KEY", "APNS_KEY_ID", "APNS_TEAM_ID", "APNS_TOPIC"], "nonsense")
    assert "APNS_KEY is no P-256 key" in ill(examine(create_app(app_settings | apple)))["push keys"]


@pytest.mark.sqlite_only
def test_an_empty_database_wants_setting_up(app_settings: dict[str, Any], tmp_path: Path) -> None:
    found = ill(examine(create_app({**app_settings, "DATABASE_URL": f"sqlite:///{tmp_path}/new.db"})))
    assert found.keys() == {"migrations", "types"}
    assert "setup" in found["migrations"]


@pytest.mark.postgres_only
def test_a_password_in_an_address_is_not_said(app_settings: dict[str, Any]) -> None:
    url = "postgresql+psycopg://someone:hidden-word@127.0.0.1:1/x"
    result = examine(create_app({**app_settings, "DATABASE_URL": url}))
    assert "database" in ill(result)
    assert "hidden-word" not in result.output
