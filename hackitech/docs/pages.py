"""The OpenAPI document and its readable page; both are public and need no other host."""

from functools import cache
from typing import Any

from flask import Blueprint, Response, current_app, render_template

from hackitech.core.api import api

api_docs = Blueprint("api_docs", __name__)


@api_docs.get("/api/docs")
def index() -> str:
    """Show the API to a reader."""
    return render_template("docs/api.html", spec=_document())


@api_docs.get("/api/openapi.json")
def openapi() -> Response:
    """Answer with the OpenAPI document."""
    return Response(_text(), mimetype="application/json")


@cache
def _document() -> dict[str, Any]:
    return dict(api.spec.to_dict())  # type: ignore[attr-defined]


@cache
def _text() -> str:
    return str(current_app.json.dumps(_document()))
