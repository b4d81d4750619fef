"""The application, and beside it what Flask alone would take: a view that answers a page of JSON."""

from typing import Any

from flask import Flask, jsonify
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from hackitech.app import create_app

bare = Flask("bare")
ROW = {
    "id": 1,
    "title": "Invitation",
    "message": "Rust",
    "is_read": False,
    "created_at": "2026-01-01T00:00:00Z",
}


@bare.get("/")
def page() -> Any:
    """Answer twenty constant rows."""
    return jsonify(next=None, previous=None, results=[ROW] * 20)


app = DispatcherMiddleware(create_app(), {"/bare": bare})
