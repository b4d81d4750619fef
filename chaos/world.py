"""The site that a run torments: its settings, its database, and its members with their devices."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import flask_migrate
import sqlalchemy as sa
from flask import Flask

import config
from chaos.ledger import Copy
from hackitech.accounts import service as accounts
from hackitech.app import create_app
from hackitech.core.clock import now
from hackitech.core.database import db
from hackitech.devices.service import Registration, register_device
from hackitech.models.delivery import Delivery
from hackitech.models.event import Event
from hackitech.models.notification import Notification
from hackitech.preferences.service import set_preference
from hackitech.supervisor.probes import free_port
from hackitech.types.service import sync_catalogue
from tests.processes import QUICK

TYPE = "announcement"
MEMBERS = 12
# Small enough that the clock has something to do for twelve.
SMALL = {"INLINE_CHUNK_SIZE": "4", "CHUNK_SIZE": "3", "RELAY_BATCH": "20"}
# A frozen process may outlive neither its job, which would be cut off in the middle of a message, nor its
# lease: it would send what another has taken over.
SECONDS = {**QUICK, "LEASE": "14s", "JOB_TIMEOUT": "10s", "REDIS_BACKOFF": "500ms"}
SECONDS |= {"CIRCUIT_WINDOW": "5s", "CIRCUIT_OPEN_FOR": "1s"}


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who is written to and reads."""

    id: int
    email: str
    token: str


def environment(database_url: str, redis_url: str, push_host: str, *, quick: bool) -> dict[str, str]:
    """Return what every process of the site is started with; `quick` has seconds where users have minutes."""
    port = free_port()
    return {
        "ENVIRONMENT": "test",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PUSH_HOSTS": push_host,
        "SECRET_KEY": secrets.token_urlsafe(48),
        "VAPID_PRIVATE_KEY": secrets.token_urlsafe(32),
        "RATE_LIMIT_READS": "0",
        "RATE_LIMIT_WRITES": "0",
        **SMALL,
        **(SECONDS if quick else {}),
    }


class World:
    """The site's database, seen from outside, and who is in it."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.settings = config.load({**os.environ, **variables})
        self.url: str = self.settings["PUBLIC_URL"]
        self._app: Flask = create_app(self.settings)
        with self._app.app_context():
            flask_migrate.upgrade()
            sync_catalogue()
            self.members = [_join(number) for number in range(1, MEMBERS + 1)]
            sender, _ = accounts.save_user({"email": "platform@chaos.example", "role": "admin"}, None)
            self.sender_token = accounts.create_token(sender, "chaos", ("send",)).token
            db.engine.dispose()

    def give_device(self, member: Member, device: Registration) -> None:
        """Register a browser and turn on what it is for."""
        with self._app.app_context():
            register_device(member.id, device)
            set_preference(member.id, {"notification_type": TYPE, "channel": "push", "enabled": True})

    def stored(self) -> set[Copy]:
        """Return every copy that is in an inbox."""
        copies = sa.select(Event.title, Notification.recipient_id).join(Event)
        return {(title["en"], member) for title, member in self._rows(copies)}

    def waiting(self) -> set[tuple[str, Copy]]:
        """Return what somebody must still look at, by channel."""
        columns = Delivery.channel, Event.title, Notification.recipient_id
        due = sa.select(*columns).join_from(Delivery, Notification).join(Event)
        rows = self._rows(due.where(Delivery.due_at.is_not(None)))
        return {(channel, (title["en"], member)) for channel, title, member in rows}

    def being_written(self) -> set[str]:
        """Return the keys of requests whose audience is not all written for yet."""
        running = sa.select(Event.title).where(Event.status.in_(("scheduled", "running")))
        return {title["en"] for (title,) in self._rows(running)}

    def unfinished(self) -> int:
        """Count the deliveries and events that somebody must still look at."""
        with self._app.app_context():
            counts = [sa.select(sa.func.count(m.due_at)).scalar_subquery() for m in (Delivery, Event)]
            return int(db.session.execute(sa.select(counts[0] + counts[1])).scalar_one())

    def next_due(self) -> float:
        """Return the seconds until the next delivery falls due: a retry, or the end of a lease."""
        rows = self._rows(sa.select(sa.func.min(Delivery.due_at)))
        return max(0.0, (rows[0][0] - now()).total_seconds()) if rows[0][0] else 0.0

    def _rows(self, statement: sa.Select[*tuple[Any, ...]]) -> list[Any]:
        with self._app.app_context():
            return list(db.session.execute(statement))


def _join(number: int) -> Member:
    email = f"member{number}@chaos.example"
    id_, _ = accounts.save_user({"email": email, "name": f"Member {number}", "locale": "en"}, None)
    return Member(id_, email, accounts.create_token(id_, "chaos", ("read", "write")).token)
