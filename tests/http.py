"""Plain HTTP for tests of real servers."""

import json
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.request import Request, urlopen


class Answer(NamedTuple):
    """What a server said."""

    status: int
    text: str


def get(url: str, **headers: str) -> Answer:
    """Return what a server says to a GET, errors included."""
    return _ask(Request(url, headers=headers))


def post(url: str, body: Any, **headers: str) -> Answer:
    """Return what a server says to a POST of JSON, errors included."""
    return _ask(Request(url, json.dumps(body).encode(), {"Content-Type": "application/json", **headers}))


def _ask(request: Request) -> Answer:
    try:
        with urlopen(request, timeout=10) as response:
            return Answer(response.status, response.read().decode())
    except HTTPError as error:
        return Answer(error.code, error.read().decode())
