"""What the application checks about its settings before it starts."""

from typing import Any

from hackitech.core.database import engine_options

MIN_KEY = 32
WEAK_KEYS = ("changeme", "secret", "dev", "default", "password", "test")


class InsecureSettings(RuntimeError):
    """The program refuses to start; the text says how to mend it."""


def check_secrets(config: dict[str, Any]) -> None:
    """Refuse a missing, short or well-known key, except in development where one is made up.

    Raises:
        InsecureSettings: outside development, for any key that is in use.
    """
    if config["ENVIRONMENT"] == "development" and not config["SECRET_KEY"]:
        config["SECRET_KEY"] = "development-only-key-" + "0" * MIN_KEY
    if config["ENVIRONMENT"] == "development":
        return
    for key in (config["SECRET_KEY"], *config["SECRET_KEY_FALLBACKS"]):
        if len(key) < MIN_KEY or len(set(key)) < 8 or key.lower().startswith(WEAK_KEYS):
            raise InsecureSettings(
                f"SECRET_KEY is missing, known or under {MIN_KEY} characters. Set it to the output of: "
                "python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )


def flask_settings(config: dict[str, Any]) -> dict[str, Any]:
    """Return what Flask and its extensions want to be told, derived from our settings."""
    over_tls = config["PUBLIC_URL"].startswith("https://")
    return {
        "SQLALCHEMY_DATABASE_URI": config["DATABASE_URL"],
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(config["DATABASE_URL"], config),
        "SESSION_COOKIE_NAME": "__Host-ui" if over_tls else "ui",  # CSRF and flashes; never who signed in
        "SESSION_COOKIE_SECURE": over_tls,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "MAX_CONTENT_LENGTH": 256 * 1024,
    }
