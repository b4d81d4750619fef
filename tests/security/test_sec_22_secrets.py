"""Security 22: outside development nothing starts on a weak key; former keys still verify."""

from typing import Any

import pytest

from hackitech.app import create_app
from hackitech.core.settings import InsecureSettings
from hackitech.core.signing import BadSignature, sign, unsign

STRONG = "9f2c7be1a4d86035c1b7e9d24f60a8537e1c5b90d3"
WEAK = ["", "short", "a" * 64, "changeme" * 8, "secret-key-that-is-really-quite-long-0123", "password" * 5]


@pytest.mark.parametrize("environment", ["production", "test"])
@pytest.mark.parametrize("key", WEAK)
def test_sec_22_a_weak_key_refuses_to_start_and_says_what_to_do(
    app_settings: dict[str, Any], environment: str, key: str
) -> None:
    with pytest.raises(InsecureSettings, match="token_urlsafe"):
        create_app({**app_settings, "ENVIRONMENT": environment, "SECRET_KEY": key})


def test_sec_22_a_weak_former_key_refuses_too(app_settings: dict[str, Any]) -> None:
    with pytest.raises(InsecureSettings):
        create_app({**app_settings, "SECRET_KEY": STRONG, "SECRET_KEY_FALLBACKS": ["short"]})


def test_sec_22_development_starts_without_one(app_settings: dict[str, Any]) -> None:
    assert create_app({**app_settings, "ENVIRONMENT": "development", "SECRET_KEY": ""}).secret_key


def test_sec_22_what_a_former_key_signed_is_accepted_until_it_is_dropped(
    app_settings: dict[str, Any],
) -> None:
    before = create_app({**app_settings, "SECRET_KEY": STRONG})
    rotated = create_app({**app_settings, "SECRET_KEY": STRONG[::-1], "SECRET_KEY_FALLBACKS": [STRONG]})
    dropped = create_app({**app_settings, "SECRET_KEY": STRONG[::-1]})
    with before.app_context():
        token = sign("test", 7)
    with rotated.app_context():
        assert unsign("test", token) == 7
    with dropped.app_context(), pytest.raises(BadSignature):
        unsign("test", token)
