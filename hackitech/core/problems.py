"""Turn errors into HTTP: problem+json (RFC 9457) under /api, a page elsewhere."""

import math
from typing import Any

import structlog
from flask import Flask, Response, current_app, jsonify, render_template, request
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from hackitech.core.database import db
from hackitech.core.errors import AppError, Invalid

log = structlog.get_logger()


def init_problems(app: Flask) -> None:
    """Answer every error in one shape."""
    app.register_error_handler(AppError, _application_error)
    app.register_error_handler(HTTPException, _http_error)
    for error in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(error, _database_error)
    app.register_error_handler(DBAPIError, _statement_error)
    app.register_error_handler(Exception, _bug)


def wants_json() -> bool:
    """Return whether the request is for the API rather than for a page."""
    return request.path.startswith(("/api/", "/healthz", "/readyz", "/metrics"))


def problem(status: int, title: str, detail: str = "", errors: Any = None) -> Response:
    """Return a problem document, or the page that says the same."""
    if not wants_json():
        return _page(status, detail)
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail or title}
    if errors is not None:
        body["errors"] = errors
    response = jsonify(body)
    response.status_code = status
    response.mimetype = "application/problem+json"
    return response


def _page(status: int, detail: str) -> Response:
    whole = render_template("errors/error.html", status=status, detail=detail)
    return current_app.make_response((whole, status))


def _application_error(error: AppError) -> Response:
    errors = error.errors if isinstance(error, Invalid) else None
    response = problem(error.status, error.title, error.detail, errors)
    if error.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="notifi"'
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(math.ceil(error.retry_after))
    return response


def _http_error(error: HTTPException) -> Response:
    code = error.code or 500
    if code < 400:
        return current_app.make_response(error.get_response())
    response = problem(code, error.name, error.description or "")
    if code == 405 and error.get_response().headers.get("Allow"):
        response.headers["Allow"] = error.get_response().headers["Allow"]
    return response


def _database_error(error: Exception) -> Response:
    log.error("database_unavailable", error=type(error).__name__, path=request.path)
    db.session.rollback()
    response = problem(503, "Temporarily unavailable", "The database does not answer; please try again.")
    response.headers["Retry-After"] = "2"
    return response


def _statement_error(error: DBAPIError) -> Response:
    return _database_error(error) if error.connection_invalidated else _bug(error)


def _bug(error: Exception) -> Response:
    log.exception("unhandled_error", path=request.path, method=request.method, error=type(error).__name__)
    db.session.rollback()
    return problem(500, "Internal error", "Something went wrong on our side; it has been logged.")
