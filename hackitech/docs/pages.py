"""The OpenAPI document and its readable page; both are public and need no other host."""

from typing import Any

from flask import Blueprint, Response, current_app, json, render_template

from hackitech.docs.openapi import Document, build_document

api_docs = Blueprint("api_docs", __name__)
_BUILT = "openapi_document"


@api_docs.get("/api/docs")
def index() -> str:
    """Show the API to a reader."""
    return render_template("docs/api.html", spec=_document())


@api_docs.get("/api/openapi.json")
def openapi() -> Response:
    """Answer with the OpenAPI document."""
    return Response(json.dumps(_document()), mimetype="application/json")


def _document() -> Document:
    """Return the document; it is built once for each application, when somebody first asks."""
    built: dict[str, Any] = current_app.extensions
    if _BUILT not in built:
        built[_BUILT] = build_document(current_app)
    document: Document = built[_BUILT]
    return document
