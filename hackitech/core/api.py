"""The JSON API's conventions: who may call, how input is read, and how answers are compared."""

from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn
from urllib.parse import urlencode

import marshmallow as ma
from flask import Flask, Request, Response, current_app, jsonify, request
from flask_login import current_user
from flask_smorest import Api, Blueprint
from webargs.flaskparser import FlaskParser
from werkzeug.routing import BaseConverter

from hackitech.core.database import MAX_ID
from hackitech.core.errors import Forbidden, Invalid, PreconditionFailed, Unauthenticated
from hackitech.core.fields import QueryInteger, Schema
from hackitech.core.json_input import check_text, read_json
from hackitech.core.problems import problem
from hackitech.core.rate_limit import limit_requests
from hackitech.core.security import SAFE_METHODS, check_same_origin


class ContractApi(Api):
    """flask-smorest, with errors left to `core.problems`."""

    def _register_error_handlers(self) -> None:
        """Leave every error to the application's handlers."""


api = ContractApi()


class IdConverter(BaseConverter):
    """An id in a path. What is too large or 0 is an id that nobody has, rather than another kind of 404."""

    regex = "[0-9]+"

    def to_python(self, value: str) -> int:
        number = int(value) if len(value) <= len(str(MAX_ID)) else 0
        return number if number <= MAX_ID else 0


class _Parser(FlaskParser):
    DEFAULT_UNKNOWN_BY_LOCATION = {"query": ma.RAISE, "json": None}

    def load_json(self, req: Request, schema: ma.Schema) -> Any:
        return read_json(req)

    def handle_error(self, error: ma.ValidationError, *_args: Any, **_kwargs: Any) -> NoReturn:
        location = error.messages if isinstance(error.messages, dict) else {}
        raise Invalid(flatten(next(iter(location.values()), {})))


def flatten(messages: Any, path: str = "") -> dict[str, list[str]]:
    """Turn marshmallow's nested messages into messages by dotted path."""
    if isinstance(messages, dict):
        flat: dict[str, list[str]] = {}
        for key, nested in messages.items():
            inner = path if key == "_schema" else f"{path}.{key}".lstrip(".")
            flat.update(flatten(nested, inner))
        return flat
    texts = messages if isinstance(messages, list) else [messages]
    return {path or "body": [str(text) for text in texts]}


class ApiBlueprint(Blueprint):
    """A blueprint whose views refuse query parameters that they do not declare."""

    ARGUMENTS_PARSER = _Parser()

    def __init__(self, name: str, import_name: str, **kwargs: Any) -> None:
        super().__init__(name, import_name, **kwargs)
        self.before_request(_refuse_undeclared_query)


def _refuse_undeclared_query() -> None:
    for key, value in request.args.items(multi=True):
        check_text(key + value)
    view = current_app.view_functions.get(request.endpoint or "")
    declared = getattr(view, "_apidoc", {}).get("arguments", {}).get("parameters", [])
    if request.args and not any(p.get("in") == "query" for p in declared if isinstance(p, dict)):
        raise Invalid({key: ["Unknown query parameter."] for key in request.args})


def requires(scope: str | None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let a view be called only with that scope (None: any), by token or by session with CSRF proof."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        takes_body = _takes_body(view)

        @wraps(view)
        def checked(*args: Any, **kwargs: Any) -> Any:
            check_caller(scope)
            if not takes_body:
                _refuse_body()
            return view(*args, **kwargs)

        checked.required_scope = scope  # type: ignore[attr-defined]
        return checked

    return decorate


def _takes_body(view: Callable[..., Any]) -> bool:
    documented = getattr(view, "_apidoc", {})
    declared = documented.get("arguments", {}).get("parameters", [])
    return "requestBody" in documented.get("manual_doc", {}) or any(p.get("in") == "json" for p in declared)


def _refuse_body() -> None:
    """Refuse fields that a view does not declare, as any other view refuses unknown ones."""
    body = read_json(request)
    if isinstance(body, dict):
        body = {field: ["Unknown field."] for field in body}
    if body != {}:
        raise Invalid(body if isinstance(body, dict) else {"body": ["Expected an object or nothing."]})


def check_caller(scope: str | None) -> None:
    """Check who calls, that the request is theirs, their rate and their scope, in that order.

    Raises:
        Unauthenticated, Forbidden, TooManyRequests
    """
    if not current_user.is_authenticated:
        raise Unauthenticated("Send a bearer token, or sign in.")
    safe = request.method in SAFE_METHODS
    if not safe and "Authorization" not in request.headers:
        check_same_origin()
    limit_requests("reads" if safe else "writes", str(current_user.id))
    if scope is not None and scope not in current_user.scopes:
        raise Forbidden(f"This needs the scope {scope!r}.")


def check_if_match(representation: Any) -> None:
    """Compare an If-Match header, where there is one, with the ETag of what GET would answer.

    Raises:
        PreconditionFailed: somebody changed it since the client read it.
    """
    if not request.headers.get("If-Match"):
        return
    current = jsonify(representation)
    current.add_etag()
    if not request.if_match.contains(current.get_etag()[0] or ""):
        raise PreconditionFailed("Read it again, then decide.")


class CursorQuery(Schema):
    """What every list takes."""

    cursor = ma.fields.String(metadata={"description": "Opaque; from `next` or `previous`."})
    page_size = QueryInteger(maximum=100, load_default=20)


class ListSchema(Schema):
    """What every list answers; a subclass adds its `results`."""

    next = ma.fields.Url(allow_none=True, dump_only=True)
    previous = ma.fields.Url(allow_none=True, dump_only=True)


def page_links(following: str | None, previous: str | None) -> dict[str, str | None]:
    """Return the absolute `next` and `previous` addresses of the current list."""
    return {"next": _with_cursor(following), "previous": _with_cursor(previous)}


def _with_cursor(cursor: str | None) -> str | None:
    if cursor is None:
        return None
    query = request.args.copy()
    query["cursor"] = cursor
    pairs = [(key, value) for key, values in query.lists() for value in values]
    return request.base_url + "?" + urlencode(pairs)


def init_api(app: Flask) -> None:
    """Bind flask-smorest, the id converter, and the ETag of every GET."""
    app.config.update(
        API_TITLE="Hackitech Notifi",
        API_VERSION="1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=None,
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.url_map.converters["id"] = IdConverter
    api.init_app(app)
    api.register_converter(IdConverter, _document_id)
    app.after_request(_add_etag)


def _document_id(_converter: Any) -> dict[str, Any]:
    return {"type": "integer", "format": "int64", "minimum": 1, "maximum": MAX_ID}


def _add_etag(response: Response) -> Response:
    if request.path.startswith("/api/") and request.method in ("GET", "HEAD") and response.status_code == 200:
        response.add_etag()
        response.make_conditional(request)
    if response.status_code == PreconditionFailed.status and response.mimetype == "application/json":
        return problem(PreconditionFailed.status, PreconditionFailed.title)
    return response
