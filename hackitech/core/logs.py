"""Structured logs on standard error, without tokens, endpoints, bodies or whole addresses."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog
from flask import Flask

SECRET = re.compile(
    r"(ntf_)[\w-]+|(Bearer )\S+"
    r"|((?:token|signature|password|endpoint|secret|p256dh|auth)[\"']?[=:]\s*[\"']?)[^\s\"'&,}]+",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"([\w.+-])[\w.+-]*@([\w-])[\w.-]*")


def redact(text: str) -> str:
    """Return `text` with secrets removed and addresses shortened (`a…@e…`)."""
    text = SECRET.sub(lambda m: f"{m[1] or m[2] or m[3]}[removed]", text)
    return ADDRESS.sub(r"\1…@\2…", text)


def _redact_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return {key: redact(value) if isinstance(value, str) else value for key, value in event.items()}


def init_logs(app: Flask) -> None:
    """Configure structlog and the standard library's loggers once per process."""
    level = logging.getLevelNamesMapping().get(app.config["LOG_LEVEL"].upper(), logging.INFO)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _redact_event,
            structlog.processors.LogfmtRenderer(sort_keys=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
