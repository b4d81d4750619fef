"""`/api/notifications/stream/`: who may open a stream, and the conversation on it."""

import binascii
import contextlib
import time
from base64 import b64decode
from typing import Any

import structlog
from flask import Blueprint, Response, current_app, g, request
from flask_login import current_user
from flask_sock import Sock
from marshmallow import ValidationError
from simple_websocket import ConnectionClosed
from wsproto.events import Ping
from wsproto.utilities import LocalProtocolError

from hackitech.core.api import check_caller, flatten
from hackitech.core.database import db
from hackitech.core.errors import Forbidden, Invalid, Malformed
from hackitech.core.fields import QueryInteger, Schema
from hackitech.core.problems import problem
from hackitech.core.security import is_own_origin
from hackitech.realtime.connections import FAILED, REASONS, TOO_SLOW, Connection
from hackitech.realtime.hub import current_hub
from hackitech.realtime.service import opening_frames
from hackitech.realtime.transport import TooSlow, Transport

log = structlog.get_logger()
PATH = "/api/notifications/stream/"
SOCKETS = ("gunicorn.socket", "werkzeug.socket")
LAST_WORD = 1.0
"""Seconds that a client has to answer our close frame."""

blueprint = Blueprint("stream", __name__)
sock = Sock()


class StreamQuery(Schema):
    """How a client resumes."""

    after = QueryInteger(minimum=0, load_default=None)


@blueprint.before_request
def prepare() -> None:
    """Refuse with a plain answer, before the handshake, whoever may not open a stream."""
    check_caller("read")
    if "Authorization" not in request.headers and not is_own_origin(request.headers.get("Origin")):
        raise Forbidden("The request does not come from this site.")
    try:
        g.after = StreamQuery().load(request.args)["after"]
    except ValidationError as error:
        raise Invalid(flatten(error.messages)) from None
    if request.url_rule is not None and request.url_rule.websocket:
        _check_handshake()
        current_hub().check_room()
        g.connection = _take_over_socket()
    db.session.remove()  # what follows lasts for hours, and reads nothing older than the subscription


def _check_handshake() -> None:
    try:
        key = b64decode(request.headers.get("Sec-WebSocket-Key", ""), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != 16 or request.headers.get("Sec-WebSocket-Version") != "13":
        raise Malformed("Sec-WebSocket-Key or Sec-WebSocket-Version (13) is missing or wrong.")


def _take_over_socket() -> Connection:
    """Put our limits between the client and simple-websocket, which has none."""
    environ = request.environ
    connection = Connection(current_user._get_current_object(), current_app.config["STREAM_QUEUE"])
    for key in SOCKETS:
        if key in environ:
            environ[key] = Transport(environ[key], connection)
    # Without compression: it costs 300 KB a stream, and a small message could unpack to megabytes.
    environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
    return connection


@blueprint.get(PATH)
def upgrade_required() -> Response:
    """Tell a plain request that this is a WebSocket."""
    response = problem(426, "Upgrade required", "This is a WebSocket: send Upgrade: websocket.")
    response.headers.update({"Upgrade": "websocket", "Connection": "Upgrade"})
    return response


@sock.route(PATH, bp=blueprint)
def stream(ws: Any) -> None:
    """Tell the caller what happens in their inbox until either side has enough."""
    hub, connection, transport = current_hub(), g.connection, ws.sock
    try:
        hub.join(connection)
        opening = opening_frames(connection, g.after)
        db.session.remove()
        for frame in opening:
            ws.send(frame)
        del opening
        _converse(ws, connection)
    except TooSlow:
        connection.close(TOO_SLOW)
    except (ConnectionClosed, LocalProtocolError, OSError):
        pass  # the client hung up
    except Exception:
        log.exception("stream_failed")
        connection.close(FAILED)
    finally:
        hub.leave(connection)
        _say_goodbye(ws, connection.close_code)
        transport.end(ws.thread, LAST_WORD)


def _converse(ws: Any, connection: Connection) -> None:
    interval = current_app.config["STREAM_PING"]
    next_ping = time.monotonic() + interval
    while ws.connected and connection.close_code is None:
        for frame in connection.take(next_ping - time.monotonic()):
            ws.send(frame)
        ws.input_buffer.clear()  # nothing is expected from a client
        if time.monotonic() >= next_ping:
            next_ping += interval
            _ping(ws)


def _ping(ws: Any) -> None:
    """Ask for a sign of life; a client that owes the last one is gone.

    simple-websocket's own pings follow the time of day, which may be set back.
    """
    if not ws.pong_received:
        raise TooSlow
    ws.pong_received = False
    ws.sock.send(ws.ws.send(Ping()))


def _say_goodbye(ws: Any, code: int | None) -> None:
    ws.sock.hurry()
    if code is not None and ws.connected:
        with contextlib.suppress(ConnectionClosed, LocalProtocolError, OSError):
            ws.close(code, REASONS[code])
