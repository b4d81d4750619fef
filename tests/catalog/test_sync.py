"""`types sync`: the database follows the files, once, and loses nothing."""

import dataclasses

import pytest
import sqlalchemy as sa

from hackitech.catalog.loader import load_types
from hackitech.catalog.lookup import all_types, find_type, get_type
from hackitech.catalog.sync import SyncReport, sync_types
from hackitech.channels.registry import channel_keys
from hackitech.core.clock import after, now
from hackitech.core.database import db
from hackitech.core.errors import Invalid
from hackitech.models.notification_type import NotificationType
from hackitech.models.template_version import TemplateVersion
from hackitech.models.type_channel import TypeChannel
from tests.catalog.samples import CHANNELS


@pytest.fixture
def files(folder):
    return load_types(CHANNELS, folder)


def sync(files, channels=CHANNELS) -> SyncReport:
    report = sync_types(db.session, files, channels)
    db.session.commit()
    return report


def reword(files, title):
    """Return the same files with another French title."""
    room = files["room_change"]
    french = dataclasses.replace(room.wording["fr"], title=title)
    return {"room_change": dataclasses.replace(room, wording={**room.wording, "fr": french})}


def publish(title, *, seconds=1.0, message="m"):
    """Publish French wording as an administrator does."""
    version = db.session.scalars(sa.select(sa.func.max(TemplateVersion.version))).one() + 1
    wording = {"title": title, "message": message}
    db.session.add(
        TemplateVersion(
            notification_type="room_change", locale="fr", version=version, wording=wording, source="admin",
            published_at=after(seconds), created_at=now(),
        )
    )  # fmt: skip
    db.session.commit()


def rows(model) -> int:
    return db.session.scalars(sa.select(sa.func.count()).select_from(model)).one()


def test_the_first_sync_writes_everything(app, files):
    report = sync(files)

    assert report == SyncReport(added=["room_change"])
    assert str(report) == "1 added, 0 changed, 0 retired, 0 unchanged, 0 kept"
    assert (rows(NotificationType), rows(TypeChannel), rows(TemplateVersion)) == (1, 3, 2)


def test_a_loaded_type_says_what_its_file_says(app, files):
    sync(files)

    loaded = get_type(db.session, "room_change")

    for field in dataclasses.fields(files["room_change"]):
        assert getattr(loaded, field.name) == getattr(files["room_change"], field.name), field.name


def test_a_second_sync_changes_nothing(app, files):
    sync(files)
    before = db.session.scalars(sa.select(TemplateVersion.published_at)).all()

    assert sync(files) == SyncReport(unchanged=["room_change"])
    assert (rows(NotificationType), rows(TypeChannel), rows(TemplateVersion)) == (1, 3, 2)
    assert db.session.scalars(sa.select(TemplateVersion.published_at)).all() == before


def test_every_shipped_type_has_its_default_on_every_channel(app):
    shipped = load_types(channel_keys())

    sync(shipped, channel_keys())

    assert rows(TypeChannel) == len(shipped) * len(channel_keys())
    assert sync(shipped, channel_keys()).unchanged == list(shipped)


def test_a_changed_file_changes_its_row_alone(app, files):
    sync(files)
    urgent = dataclasses.replace(files["room_change"], priority="urgent", channels=dict.fromkeys(
        CHANNELS, files["room_change"].channels["push"]))  # fmt: skip

    assert sync({"room_change": urgent}) == SyncReport(changed=["room_change"])

    loaded = get_type(db.session, "room_change")
    assert loaded.priority == "urgent" and not loaded.channels["email"].enabled
    assert rows(TemplateVersion) == 2


def test_a_channel_that_is_gone_takes_its_defaults_along(app, files):
    sync(files)

    assert sync(files, ("in_app", "email")).changed == ["room_change"]
    assert set(get_type(db.session, "room_change").channels) == {"in_app", "email"}


def test_new_wording_is_a_new_version_in_its_language_alone(app, files):
    sync(files)

    assert sync(reword(files, "Autre salle")).changed == ["room_change"]

    assert get_type(db.session, "room_change").wording["fr"].title == "Autre salle"
    assert rows(TemplateVersion) == 3


def test_what_an_administrator_published_stays_in_force(app, files):
    sync(files)
    publish("Publié")

    assert sync(files).unchanged == ["room_change"]
    assert get_type(db.session, "room_change").wording["fr"].title == "Publié"

    assert sync(reword(files, "Du fichier")).changed == ["room_change"]
    assert get_type(db.session, "room_change").wording["fr"].title == "Publié"
    assert sync(reword(files, "Du fichier")).unchanged == ["room_change"]


def test_a_waiting_version_can_be_published_over_an_administrators(app, files):
    sync(files)
    publish("Publié")
    sync(reword(files, "Du fichier"))
    waiting = db.session.scalars(sa.select(TemplateVersion).filter_by(published_at=None)).one()

    waiting.published_at = after(60)
    db.session.commit()
    sync(reword(files, "Du fichier"))

    assert get_type(db.session, "room_change").wording["fr"].title == "Du fichier"


def test_a_type_without_a_file_is_retired_and_comes_back(app, files):
    sync(files)

    assert sync({}) == SyncReport(retired=["room_change"])
    assert sync({}) == SyncReport()
    assert all_types(db.session) == []
    retired = find_type(db.session, "room_change")
    assert retired and retired.retired and retired.label["fr"] == "Changement de salle"
    with pytest.raises(Invalid):
        get_type(db.session, "room_change")

    assert sync(files) == SyncReport(changed=["room_change"])
    assert not get_type(db.session, "room_change").retired


def test_what_an_administrator_decided_about_a_type_stays(app, files):
    sync(files)
    row = db.session.get_one(NotificationType, "room_change")
    row.source, row.label, row.retention_days, row.retired_at = (
        "admin",
        {"fr": "À moi", "en": "Mine"},
        9,
        now(),
    )
    email = db.session.get_one(TypeChannel, ("room_change", "email"))
    email.enabled = False
    db.session.commit()

    report = sync(files)

    assert report == SyncReport(kept=["room_change"])
    assert str(report) == "0 added, 0 changed, 0 retired, 0 unchanged, 1 kept"
    loaded = find_type(db.session, "room_change")
    assert loaded and loaded.label["fr"] == "À moi" and loaded.retention_days == 9 and loaded.retired
    assert not loaded.channels["email"].enabled


def test_what_senders_rely_on_follows_the_file_all_the_same(app, files):
    sync(files)
    db.session.get_one(NotificationType, "room_change").source = "admin"
    room = files["room_change"]
    signed = dataclasses.replace(room, params={"room": room.params["room"]}, sign_action=True, priority="low")

    assert sync({"room_change": signed}).changed == ["room_change"]

    loaded = get_type(db.session, "room_change")
    assert set(loaded.params) == {"room"} and loaded.sign_action and loaded.priority == "high"


def test_a_new_channel_gets_its_rows_whoever_made_the_type(app, files):
    sync(files, ("in_app", "email"))
    db.session.get_one(NotificationType, "room_change").source = "admin"
    db.session.add(
        NotificationType(key="own", category="team", label={}, description={}, params={}, retention_days=1,
                         source="admin")
    )  # fmt: skip
    db.session.commit()

    assert sync(files).changed == ["own", "room_change"]

    pairs = set(db.session.execute(sa.select(TypeChannel.notification_type, TypeChannel.channel)))
    assert pairs == {(key, channel) for key in ("room_change", "own") for channel in CHANNELS}
    assert not get_type(db.session, "own").channels["push"].enabled
    assert sync(files) == SyncReport(kept=["room_change", "own"])
    assert get_type(db.session, "own").key == "own"


def test_wording_of_an_administrator_gives_way_where_the_file_no_longer_has_its_params(app, files):
    sync(files)
    publish("Publié", seconds=0, message="{% if starts_at %}{{ starts_at }}{% endif %}")
    room = files["room_change"]
    words = dataclasses.replace(room.wording["fr"], message="{{ room }}")
    fewer = dataclasses.replace(
        room, params={"room": room.params["room"]}, wording={**room.wording, "fr": words}
    )

    assert sync({"room_change": fewer}).changed == ["room_change"]

    assert get_type(db.session, "room_change").wording["fr"].message == "{{ room }}"
    assert sync({"room_change": fewer}).unchanged == ["room_change"]
