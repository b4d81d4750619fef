"""Plain HTTP for tests of real servers."""

from typing import NamedTuple
from urllib.error import HTTPError
from urllib.request import Request, urlopen


class Answer(NamedTuple):
    """What a server said."""

    status: int
    text: str


def get(url: str, **headers: str) -> Answer:
    """Return what a server says to a GET, errors included."""
    try:
        with urlopen(Request(url, headers=headers), timeout=10) as response:
            return Answer(response.status, response.read().decode())
    except HTTPError as error:
        return Answer(error.code, error.read().decode())
