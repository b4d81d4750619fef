"""Settings: one table, read from the environment here and nowhere else.

A setting that the environment leaves out falls back to what the running instance wrote in `instance/`
(so that commands find its database and Redis by themselves), then to its default.
"""

import base64
import json
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent
UNITS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


class ConfigError(Exception):
    """A setting that cannot be used; the text names it and says what to write instead."""


def duration(text: str) -> float:
    """Return the seconds in "90", "90s", "15m", "4h" or "7d"."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|[smhd]?)", text.strip())
    if not match:
        raise ValueError("a duration such as 30s, 15m, 4h or 7d")
    return float(match[1]) * UNITS[match[2]]


def durations(text: str) -> list[float]:
    """Return the seconds of each duration in a comma-separated list."""
    return [duration(part) for part in text.split(",")]


def words(text: str) -> list[str]:
    """Return the items of a comma-separated list."""
    return [part.strip() for part in text.split(",") if part.strip()]


def port(text: str) -> int:
    """Return a TCP port."""
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise ValueError("a number from 1 to 65535")
    return int(text)


def webhook_secret(text: str) -> str:
    """Return a secret of Standard Webhooks, or nothing."""
    try:
        key = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except ValueError:
        key = b""
    if text and not 24 <= len(key) <= 64:
        raise ValueError("whsec_ and 24 to 64 bytes in base64")
    return text


def flag(text: str) -> bool:
    """Return whether a switch is on."""
    if text.lower() not in ("1", "true", "yes", "on", "0", "false", "no", "off", ""):
        raise ValueError("true or false")
    return text.lower() in ("1", "true", "yes", "on")


def kill_at(text: str) -> tuple[str, int] | None:
    """Return the point and the number in "worker.accepted:3"; None where nothing is to die."""
    match = re.fullmatch(r"([\w.]+):([1-9]\d*)", text)
    if text and not match:
        raise ValueError("a point and a number such as worker.accepted:3")
    return (match[1], int(match[2])) if match else None


def database_url(text: str) -> str:
    """Return the SQLAlchemy address; Postgres goes through psycopg 3."""
    return re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", text)


class Setting(NamedTuple):
    """One row of the settings table: its name, default as one would write it, parser and meaning."""

    name: str
    default: str
    parse: Callable[[str], Any]
    help: str


SETTINGS = (
    Setting(
        "ENVIRONMENT", "production", str, "`development` under `make run`; elsewhere keys must be strong"
    ),
    Setting("DATABASE_URL", "", database_url, "SQLite in `instance/` unless set; `postgresql://…` to grow"),
    Setting("REDIS_URL", "", str, "the Redis that `make run` starts unless set"),
    Setting("SECRET_KEY", "", str, "signs links; at least 32 characters (`make run` makes one)"),
    Setting("SECRET_KEY_FALLBACKS", "", words, "former keys, still accepted while they are rotated out"),
    Setting("PORT", "5000", port, "where `make run` listens"),
    Setting(
        "PUBLIC_URL", "", str, "the address that members use, in links; `http://127.0.0.1:$PORT` unless set"
    ),
    Setting("ALLOWED_ORIGINS", "", words, "further origins that may open the stream"),
    Setting("PROXY_HOPS", "0", int, "how many reverse proxies set X-Forwarded-*"),
    Setting("WEB_WORKERS", "1", int, "web processes"),
    Setting(
        "SMTP_URL",
        "",
        str,
        "`smtp://[user:password@]host:port` (STARTTLS if offered) or `smtps://`; a local catcher unless set",
    ),
    Setting("MAIL_FROM", "Hackitech <notifications@hackitech.example>", str, "the sender of emails"),
    Setting("SMTP_CONNECT_TIMEOUT", "10s", duration, "connecting to the mail server"),
    Setting("SMTP_COMMAND_TIMEOUT", "30s", duration, "one SMTP command"),
    Setting("SMTP_DATA_TIMEOUT", "120s", duration, "the mail server's answer to a message"),
    Setting(
        "BOUNCE_WEBHOOK_SECRET",
        "",
        webhook_secret,
        "`whsec_…`: signs the mail provider's reports of bounces and complaints; none are taken unless set",
    ),
    Setting("VAPID_PRIVATE_KEY", "", str, "Web Push key, PEM or base64url; made in `instance/` unless set"),
    Setting(
        "VAPID_SUBJECT", "", str, "contact that push services see; `PUBLIC_URL` or `MAIL_FROM` unless set"
    ),
    Setting("PUSH_HOSTS", "", words, "further push hosts to allow (`host` or `host:port`), for tests"),
    Setting("FCM_CREDENTIALS", "", str, "service account (JSON) of the Firebase project, for Android push"),
    Setting("FCM_URL", "https://fcm.googleapis.com", str, "Android push's service"),
    Setting("APNS_KEY", "", str, "signing key (PEM, as in the `.p8` file) for Apple push"),
    Setting("APNS_KEY_ID", "", str, "its key id"),
    Setting("APNS_TEAM_ID", "", str, "its team id"),
    Setting("APNS_TOPIC", "", str, "the app's bundle id"),
    Setting(
        "APNS_URL",
        "https://api.push.apple.com",
        str,
        "Apple push's service; `https://api.sandbox.push.apple.com` for apps that Xcode installed",
    ),
    Setting("HTTP_CONNECT_TIMEOUT", "3s", duration, "connecting to a push service or webhook"),
    Setting("HTTP_READ_TIMEOUT", "10s", duration, "a push service's or webhook's answer"),
    Setting(
        "EMAIL_RETRY_DELAYS",
        "1m,5m,15m,30m,1h,2h,4h,8h,12h",
        durations,
        "waits between attempts by email; the last one repeats",
    ),
    Setting("EMAIL_RETRY_FOR", "72h", duration, "how long an email is tried"),
    Setting(
        "PUSH_RETRY_DELAYS",
        "10s,30s,2m,10m,30m,1h",
        durations,
        "waits between attempts by push; the last one repeats",
    ),
    Setting("PUSH_TTL", "24h", duration, "how long a push is tried and kept by its service"),
    Setting("PUSH_TTL_URGENT", "1h", duration, "the same for urgent ones"),
    Setting("WEBHOOK_HOSTS", "", words, "further webhook hosts to allow (`host` or `host:port`), for tests"),
    Setting(
        "WEBHOOK_RETRY_DELAYS",
        "5s,5m,30m,2h,5h,10h,14h,20h,24h",
        durations,
        "waits between attempts to call a webhook; the last one repeats",
    ),
    Setting("WEBHOOK_RETRY_FOR", "4d", duration, "how long a webhook is called again"),
    Setting("RETRY_AFTER_MAX", "1h", duration, "the longest Retry-After that is honoured"),
    Setting("CIRCUIT_WINDOW", "60s", duration, "calls that a provider's circuit looks at"),
    Setting("CIRCUIT_OPEN_FOR", "30s", duration, "how long an open circuit leaves a provider alone"),
    Setting("JOB_TIMEOUT", "180s", duration, "the longest a job may run"),
    Setting("LEASE", "300s", duration, "how long a worker owns what it claimed; longer than a job"),
    Setting(
        "QUEUE_LEASE",
        "30s",
        duration,
        "how long a relayed delivery may wait for a worker before it is relayed again",
    ),
    Setting("SWEEP_INTERVAL", "15s", duration, "the most that due work waits when its wake-up was lost"),
    Setting("RELAY_BATCH", "100", int, "deliveries in one job"),
    Setting("RELAY_DEPTH", "20", int, "jobs that wait in a queue at the most"),
    Setting("CHUNK_SIZE", "10000", int, "members written in one transaction of a broadcast"),
    Setting("INLINE_CHUNK_SIZE", "1000", int, "members written within the request itself"),
    Setting("SQL_TIMEOUT", "5s", duration, "a statement in a request (Postgres)"),
    Setting("SQL_TIMEOUT_WORKER", "30s", duration, "a statement in a worker (Postgres)"),
    Setting("LOCK_WAIT", "2s", duration, "waiting for a lock (Postgres)"),
    Setting("LOCK_WAIT_SQLITE", "5s", duration, "waiting for SQLite's write lock"),
    Setting("POOL_WAIT", "5s", duration, "waiting for a database connection"),
    Setting("POOL_SIZE", "8", int, "database connections of one process (and as many again at peaks)"),
    Setting("DISK_FULL_FOR", "15s", duration, "how long a process is not ready after it found the disk full"),
    Setting("REDIS_TIMEOUT", "250ms", duration, "the most that a request waits for Redis"),
    Setting("REDIS_BACKOFF", "5s", duration, "how long a process does without Redis after a failure"),
    Setting("SESSION_LIFETIME", "30d", duration, "a signed-in browser"),
    Setting("PASSWORD_RECENT", "10m", duration, "how long a password counts as just given"),
    Setting("PRINCIPAL_RECHECK", "5s", duration, "how often an open stream checks that it is still allowed"),
    Setting("STREAM_PING", "25s", duration, "ping of an open stream"),
    Setting("STREAM_QUEUE", "200", int, "frames that wait for a slow reader before it is dropped"),
    Setting("STREAM_REPEAT", "60s", duration, "what a resumed stream repeats, for late commits"),
    Setting(
        "TOKEN_LIFETIME", "90d", duration, "an API token, unless its maker says otherwise (at most a year)"
    ),
    Setting("RESET_LIFETIME", "1h", duration, "a password reset link"),
    Setting("HASHING_CONCURRENCY", "2", int, "passwords hashed at the same time"),
    Setting("LOGIN_PER_MINUTE", "5", int, "tries per minute, account and address"),
    Setting("LOGIN_PER_HOUR_ACCOUNT", "20", int, "tries per hour and account before answers slow down"),
    Setting("LOGIN_PER_HOUR_ADDRESS", "100", int, "tries per hour and address"),
    Setting("RATE_LIMIT_READS", "600", int, "reads per minute and principal; 0 switches off"),
    Setting("RATE_LIMIT_WRITES", "120", int, "writes per minute and principal; 0 switches off"),
    Setting(
        "RATE_LIMIT_REPORTS",
        "6000",
        int,
        "reports of the mail provider per minute and address; 0 switches off",
    ),
    Setting("IDEMPOTENCY_KEEP", "24h", duration, "how long an Idempotency-Key is remembered"),
    Setting("TASK_KEEP", "7d", duration, "how long a finished task is kept, and the file that it made"),
    Setting("UNDO_KEEP", "7d", duration, "how long a bulk action can be undone, and a deleted row is kept"),
    Setting("CATALOG_CACHE", "5s", duration, "how long a process trusts what it read of the types"),
    Setting("LOG_LEVEL", "INFO", str, "DEBUG, INFO, WARNING or ERROR"),
    Setting("METRICS_TOKEN", "", str, "bearer token that may read /metrics from elsewhere than this machine"),
    Setting("KILL_AT", "", kill_at, "for tests: dies there as in a crash (`worker.accepted:3`: third time)"),
    Setting("CI", "false", flag, "set by continuous integration"),
)


def settings_table() -> str:
    """Return the settings as the README lists them."""
    rows = [f"| `{s.name}` | {f'`{s.default}`' if s.default else '–'} | {s.help} |" for s in SETTINGS]
    return "\n".join(("| setting | default | what it is |", "|---|---|---|", *rows))


def load(environ: Mapping[str, str] | None = None, instance: Path = ROOT / "instance") -> dict[str, Any]:
    """Return every setting, parsed, as Flask's configuration.

    Raises:
        ConfigError: a value cannot be read; the text says which and what to write.
    """
    environ = os.environ if environ is None else environ
    running = _running_instance(instance)
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        text = environ.get(setting.name) or running.get(setting.name) or setting.default
        try:
            values[setting.name] = setting.parse(text)
        except ValueError as error:
            raise ConfigError(f"{setting.name}={text!r} cannot be read; write {error}.") from None
    return _derive(values, instance)


def _running_instance(instance: Path) -> dict[str, str]:
    try:
        runtime = json.loads((instance / "runtime.json").read_text())
    except (OSError, ValueError):
        runtime = {}
    return {name.upper(): str(value) for name, value in runtime.items() if value}


def _derive(values: dict[str, Any], instance: Path) -> dict[str, Any]:
    values["INSTANCE"] = str(instance)
    values["SECRET_KEY"] = values["SECRET_KEY"] or _read(instance / "secret_key")
    values["DATABASE_URL"] = values["DATABASE_URL"] or f"sqlite:///{instance / 'notifi.db'}"
    values["PUBLIC_URL"] = (values["PUBLIC_URL"] or f"http://127.0.0.1:{values['PORT']}").rstrip("/")
    if values["ENVIRONMENT"] not in ("development", "production", "test"):
        raise ConfigError("ENVIRONMENT is neither development, production nor test.")
    if values["LEASE"] <= values["JOB_TIMEOUT"]:
        raise ConfigError("LEASE must be longer than JOB_TIMEOUT, or a delivery could be sent twice.")
    return values


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
