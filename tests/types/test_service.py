"""Types as administrators change them: what the files still say, what is refused, what is on record."""

import dataclasses

import pytest
import sqlalchemy as sa

from hackitech.catalog.definitions import ChannelDefault, Defaults, ParamDefinition, Wording
from hackitech.catalog.lookup import get_type as sendable_type
from hackitech.channels.registry import channel_keys
from hackitech.core.database import db
from hackitech.core.errors import Conflict, Invalid, NotFound
from hackitech.core.transaction import atomic
from hackitech.models.audit_entry import AuditEntry
from hackitech.models.event import Event
from hackitech.models.user import User
from hackitech.notifications.notify import notify
from hackitech.types import queries, service
from hackitech.types.service import NewType
from tests.factories import make_user

pytestmark = pytest.mark.usefixtures("db_session", "own_types")
KEY = "team_invitation"
BOTH = {"fr": "Tirage au sort", "en": "Raffle"}


@pytest.fixture
def admin() -> User:
    return make_user("admin", name="Ana")


def stored(key: str = KEY) -> Defaults:
    return queries.get_type(key).defaults


def change(admin: User, key: str = KEY, **values: object) -> Defaults:
    """Change some of a type's defaults, and return what is stored then."""
    before = stored(key)
    service.change_defaults(key, dataclasses.replace(before, **values), before.fingerprint, admin.id)  # type: ignore[arg-type]
    return stored(key)


def entries(action: str) -> list[AuditEntry]:
    return list(db.session.scalars(sa.select(AuditEntry).filter_by(action=action)))


def new_type(**values: object) -> NewType:
    off = dict.fromkeys(channel_keys(), ChannelDefault(enabled=False))
    prize = ParamDefinition("prize", "string", True, "Un casque", {"fr": "Lot", "en": "Prize"})
    whole = {
        "key": "raffle",
        "defaults": Defaults(
            "community", BOTH, BOTH, "normal", 30, {**off, "in_app": ChannelDefault(enabled=True)}
        ),
        "params": [prize],
        "wording": {
            "fr": Wording("Gagné\u202f!", "Tu gagnes {{ prize }}."),
            "en": Wording("You won!", "{{ prize }} is yours."),
        },
    }
    return NewType(**{**whole, **values})  # type: ignore[arg-type]


def test_what_an_administrator_changed_outlives_the_next_sync(admin: User):
    label = {"fr": "Invitation", "en": "Invitation"}
    channels = {**stored().channels, "push": ChannelDefault(enabled=False)}

    change(admin, label=label, retention_days=9, channels=channels)
    report = service.sync_catalogue()

    assert (report.kept, report.changed, report.retired) == ([KEY], [], [])
    assert (stored().label, stored().retention_days) == (label, 9)
    assert not stored().channels["push"].enabled


def test_the_file_can_be_taken_back(admin: User):
    before = stored()
    change(admin, priority="urgent")
    service.retire_type(KEY, admin.id)

    service.restore_file(KEY, admin.id)
    service.restore_file(KEY, admin.id)

    assert stored() == before and not queries.get_type(KEY).retired
    assert service.sync_catalogue().kept == []
    assert len(entries("type.restore")) == 1


def test_only_what_has_a_file_can_go_back_to_it(admin: User):
    service.create_type(new_type(), admin.id)

    with pytest.raises(NotFound):
        service.restore_file("raffle", admin.id)


def test_a_change_is_on_record_with_before_and_after(admin: User):
    change(admin, retention_days=9)
    change(admin, retention_days=9)

    (entry,) = entries("type.change")
    assert entry.before and entry.after
    assert (entry.actor_id, entry.object_id) == (admin.id, KEY)
    assert (entry.before["retention_days"], entry.after["retention_days"]) == (180, 9)


def test_who_did_not_see_the_latest_defaults_overwrites_nothing(admin: User):
    seen = stored()
    change(admin, retention_days=9)

    with pytest.raises(Conflict):
        service.change_defaults(
            KEY, dataclasses.replace(seen, priority="low"), seen.fingerprint, make_user("admin").id
        )

    assert (stored().retention_days, stored().priority) == (9, seen.priority)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"label": {"fr": "", "en": "x"}}, "label.fr"),
        ({"description": {"fr": "x", "en": "x" * 301}}, "description.en"),
        ({"category": "none"}, "category"),
        ({"priority": "top"}, "priority"),
        ({"retention_days": 0}, "retention_days"),
        ({"retention_days": 3651}, "retention_days"),
        ({"channels": {"email": ChannelDefault(False, True, BOTH)}}, "channels.email.mandatory"),
        ({"channels": {"email": ChannelDefault(True, True)}}, "channels.email.reason.fr"),
        ({"channels": {"email": ChannelDefault(True, True, BOTH, 60)}}, "channels.email.escalate_after"),
        ({"channels": {"in_app": ChannelDefault(True, False, None, 60)}}, "channels.in_app.escalate_after"),
        ({"channels": {"push": ChannelDefault(True, False, None, 0)}}, "channels.push.escalate_after"),
        ({"channels": {"push": ChannelDefault(True, False, None, 2678400)}}, "channels.push.escalate_after"),
    ],
)  # fmt: skip
def test_what_a_file_may_not_say_nobody_may(admin: User, values: dict, field: str):
    if "channels" in values:
        values = {"channels": {**stored().channels, **values["channels"]}}

    with pytest.raises(Invalid) as caught:
        change(admin, **values)

    assert field in caught.value.errors
    assert entries("type.change") == []


def test_the_channels_of_the_centres_own_types_are_nobodys_to_change(admin: User):
    before = stored("summary").channels
    off = dict.fromkeys(channel_keys(), ChannelDefault(enabled=False))

    after = change(admin, "summary", channels=off, retention_days=7)

    assert (after.channels, after.retention_days) == (before, 7)


def test_a_new_type_is_sendable_at_once_and_outlives_the_sync(admin: User):
    service.create_type(new_type(), admin.id)
    member = make_user()

    assert service.sync_catalogue().kept == ["raffle"]
    with atomic():
        notify("raffle", recipients=[member], params={"prize": "Un clavier"})

    event = db.session.scalars(sa.select(Event)).one()
    assert event.message == {"fr": "Tu gagnes Un clavier.", "en": "Un clavier is yours."}
    assert set(stored("raffle").channels) == set(channel_keys())
    assert [entry.object_id for entry in entries("type.create")] == ["raffle"]


def test_a_key_is_given_once(admin: User):
    service.create_type(new_type(), admin.id)

    with pytest.raises(Conflict):
        service.create_type(new_type(), admin.id)


def param(name: str = "prize", kind: str = "string", example: object = "x") -> ParamDefinition:
    return ParamDefinition(name, kind, True, example, BOTH)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"key": "Raffle"}, "key"),
        ({"key": ""}, "key"),
        ({"params": [param("Prize")]}, "params.0.name"),
        ({"params": [param("actor")]}, "params.0.name"),
        ({"params": [param(), param()]}, "params.1.name"),
        ({"params": [param(kind="list")]}, "params.0.type"),
        ({"params": [param(example="")]}, "params.0.example"),
        ({"params": [param(kind="integer", example="12")]}, "params.0.example"),
        ({"params": [param(f"prize{number}") for number in range(21)]}, "params"),
        ({"wording": {"fr": Wording("{{ prise }}", "m"), "en": Wording("t", "m")}}, "wording.fr.title"),
        ({"wording": {"fr": Wording("t", "m"), "en": Wording("t", " ")}}, "wording.en.message"),
    ],
)
def test_a_new_type_is_refused_by_field(admin: User, values: dict, field: str):
    with pytest.raises(Invalid) as caught:
        service.create_type(new_type(**values), admin.id)

    assert list(caught.value.errors) == [field]


def test_a_retired_type_is_refused_to_senders_and_comes_back(admin: User):
    service.retire_type(KEY, admin.id)
    service.retire_type(KEY, admin.id)
    with pytest.raises(Invalid):
        sendable_type(db.session, KEY)
    assert service.sync_catalogue().kept == [KEY]
    assert queries.get_type(KEY).retired

    service.bring_back(KEY, admin.id)
    service.bring_back(KEY, admin.id)

    assert sendable_type(db.session, KEY).key == KEY
    assert len(entries("type.retire")) == len(entries("type.bring_back")) == 1


@pytest.mark.parametrize("key", ["account_security_alert", "summary"])
def test_what_members_must_receive_cannot_be_retired(admin: User, key: str):
    with pytest.raises(Conflict):
        service.retire_type(key, admin.id)

    assert not queries.get_type(key).retired


def test_an_unknown_type_is_not_found(admin: User):
    for use in (service.retire_type, service.bring_back, service.restore_file):
        with pytest.raises(NotFound):
            use("nothing", admin.id)
