"""The channels, and what each says in SQL about who can be reached."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from hackitech.channels.base import Channel
from hackitech.channels.registry import CHANNELS, channel_keys, get_channel
from hackitech.core.database import Base
from hackitech.models.device import Device
from hackitech.models.suppression import Suppression
from hackitech.models.user import User
from tests.channels.conftest import MakeMessage

NOW = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


@pytest.fixture
def session() -> Iterator[Session]:
    engine = sa.create_engine("sqlite://")
    tables = [Base.metadata.tables[model.__tablename__] for model in (User, Device, Suppression)]
    Base.metadata.create_all(engine, tables=tables)
    with Session(engine) as session:
        yield session
    engine.dispose()


def add_member(session: Session, id_: int) -> None:
    session.add(User(id=id_, email=f"member{id_}@example.org", name=f"Member {id_}", created_at=NOW))


def add_device(session: Session, id_: int, user_id: int, kind: str = "webpush", **special: Any) -> None:
    session.add(
        Device(
            id=id_,
            user_id=user_id,
            kind=kind,
            address=f"a{id_}",
            address_hash=f"{id_}",
            created_at=NOW,
            **special,
        )
    )


def verdicts(session: Session, channel: Channel) -> list[tuple[Any, ...]]:
    people, target = channel.targets(User.__table__)
    session.flush()
    columns = User.id, target, channel.reachable(), channel.available(), channel.refused()
    rows = session.execute(sa.select(*columns).select_from(people).order_by(User.id, target))
    return [tuple(None if value is None else int(value) for value in row) for row in rows]


def test_the_inbox_comes_first():
    assert channel_keys() == ["in_app", *CHANNELS]


def test_every_channel_is_registered_under_its_own_key():
    assert all(get_channel(key).key == key for key in CHANNELS)


def test_an_unknown_channel_is_a_key_error():
    with pytest.raises(KeyError):
        get_channel("pigeon")


def test_email_has_one_target_per_member(session: Session):
    add_member(session, 1)
    assert verdicts(session, get_channel("email")) == [(1, 0, 1, 1, 0)]


def test_a_refused_address_is_not_written_to_again(
    session: Session, channel_app: Flask, make_message: MakeMessage
):
    add_member(session, 1)
    add_member(session, 2)
    channel = get_channel("email")
    for _ in range(2):  # two deliveries may learn it at the same time
        session.execute(channel.suppress(make_message(1), "550 no such user"))
    assert verdicts(session, channel) == [(1, 0, 1, 1, 1), (2, 0, 1, 1, 0)]


def test_push_has_a_target_per_device_and_one_row_where_there_is_none(session: Session, channel_app: Flask):
    for member in (1, 2, 3):
        add_member(session, member)
    session.flush()
    add_device(session, 11, 1)
    add_device(session, 12, 1, "fcm")
    add_device(session, 31, 3, disabled_at=NOW)
    assert verdicts(session, get_channel("push")) == [
        (1, 11, 1, 1, 0),
        (1, 12, 1, 0, 0),
        (2, 0, 0, None, 0),
        (3, 0, 0, None, 0),
    ]


def test_webhooks_have_a_target_each_and_no_row_where_there_is_none(session: Session, channel_app: Flask):
    for member in (1, 2, 3):
        add_member(session, member)
    session.flush()
    add_device(session, 11, 1, "webhook")
    add_device(session, 12, 1, "webhook")
    add_device(session, 13, 1)
    add_device(session, 31, 3, "webhook", disabled_at=NOW)
    assert verdicts(session, get_channel("webhook")) == [(1, 11, 1, 1, 0), (1, 12, 1, 1, 0)]
    assert [row[:2] for row in verdicts(session, get_channel("push"))] == [(1, 13), (2, 0), (3, 0)]


def test_a_device_that_is_gone_is_disabled_and_it_alone(
    session: Session, channel_app: Flask, make_message: MakeMessage
):
    add_member(session, 1)
    session.flush()
    add_device(session, 11, 1)
    add_device(session, 12, 1)
    session.flush()
    channel = get_channel("push")
    session.execute(channel.suppress(make_message(1, target=11), "410"))
    assert [row[1] for row in verdicts(session, channel)] == [12]


def test_addresses_are_loaded_for_pairs_of_member_and_target(session: Session):
    for member in (1, 2):
        add_member(session, member)
    session.flush()
    add_device(session, 11, 1)
    add_device(session, 21, 2, p256dh="key", auth="secret")
    add_device(session, 22, 2, disabled_at=NOW)
    session.flush()
    emails = session.execute(get_channel("email").addresses([(1, 0), (2, 0), (9, 0)])).all()
    assert {(row.recipient_id, row.target, row.email) for row in emails} == {
        (1, 0, "member1@example.org"),
        (2, 0, "member2@example.org"),
    }
    (device,) = session.execute(get_channel("push").addresses([(2, 21), (2, 22), (2, 99)])).all()
    assert (device.recipient_id, device.target, device.kind, device.address) == (2, 21, "webpush", "a21")
    assert (device.p256dh, device.auth) == ("key", "secret")


def test_a_device_without_a_transport_is_our_mistake(channel_app: Flask, make_message: MakeMessage):
    message = make_message(1, address=Device(kind="fcm", address="token"))
    ((_, outcome),) = get_channel("push").send([message])
    assert "fcm" in str(outcome)
