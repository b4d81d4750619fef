"""Decide in SQL, for a whole audience at once, what goes and which rule said so.

`rule()` reads like the specification: the first condition that holds names the rule, and whether
something goes follows from the rule alone.
"""

from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import and_, case, func, literal, not_, select
from sqlalchemy import bindparam as P
from sqlalchemy.dialects.postgresql import insert  # compiles on SQLite too
from sqlalchemy.sql import FromClause
from sqlalchemy.sql.elements import ColumnElement

from hackitech.channels.registry import CHANNELS
from hackitech.core.database import Id, UtcDateTime, table
from hackitech.models.delivery import Delivery
from hackitech.models.mute import Mute
from hackitech.models.notification import IN_APP, Notification
from hackitech.models.notification_settings import NotificationSettings
from hackitech.models.preference import DIRECT, Preference
from hackitech.models.rules import SENDING_RULES, Rule
from hackitech.models.statuses import Status
from hackitech.models.subscription import Subscription
from hackitech.models.type_channel import TypeChannel
from hackitech.models.user import User

EVENT, TYPE = P("event_id", type_=Id), P("type", type_=sa.String)
TOPIC, ACTOR = P("topic_id", type_=Id), P("actor_id", type_=Id)
ROLE = P("role", type_=sa.String)
AT = P("at", type_=UtcDateTime)
ESCALATE_AT = P("escalate_at", type_=UtcDateTime)
NARROWED, SUMMARY = P("narrowed", type_=sa.Boolean), P("summary", type_=sa.Boolean)
OBJECT = P("object", type_=sa.String)
GROUP_KEY, ZONE = P("group_key", type_=sa.String), P("zone", type_=sa.String)
IDS = P("ids", type_=Id, expanding=True)
AFTER, UPTO, SIZE = P("after", type_=Id), P("upto", type_=Id), P("size", type_=sa.Integer)

User_ = table(User).c
Preference_, Settings_ = table(Preference).c, table(NotificationSettings).c
Default = table(TypeChannel).c
SENDS = tuple(rule.value for rule in SENDING_RULES)


class Subject(NamedTuple):
    """What the rules look at of an event: one that is bound, or the columns of one that is joined."""

    type: Any = TYPE
    topic: Any = TOPIC
    object: Any = OBJECT
    narrowed: Any = NARROWED
    summary: Any = SUMMARY


BOUND = Subject()


def rule(subject: Subject, reachable: Any, refused: Any, available: Any) -> ColumnElement[str]:
    """Name the first rule that holds for this member, event and channel."""
    muted = sa.exists().where(
        Subscription.user_id == User_.id,
        Subscription.topic_id == subject.topic,
        Subscription.muted_until > AT,
    )
    muted_object = sa.exists().where(
        Mute.user_id == User_.id, Mute.object == subject.object, Mute.muted_until > AT
    )
    return case(
        (not_(User_.active), Rule.INACTIVE),
        (subject.narrowed, Rule.NARROWED),
        (not_(reachable), Rule.NO_ADDRESS),
        (refused, Rule.SUPPRESSED_ADDRESS),
        (not_(available), Rule.TRANSPORT_UNAVAILABLE),
        (Default.mandatory, Rule.MANDATORY),
        (muted, Rule.MUTED_TOPIC),
        (muted_object, Rule.MUTED_OBJECT),
        (Preference_.enabled.is_(False), Rule.TURNED_OFF),
        (subject.summary, Rule.SUMMARY),
        (Preference_.enabled.is_(True), Rule.TURNED_ON),
        (Default.enabled, Rule.DEFAULT_ON),
        else_=Rule.DEFAULT_OFF,
    ).label("rule")


def decided(
    channel: str,
    people: FromClause,
    columns: list[Any],
    answers: tuple[Any, Any, Any],
    subject: Subject = BOUND,
) -> sa.Select[Any]:
    """Select `columns` and the rule, for people that the caller narrows.

    OFFSET 0 makes Postgres decide once per row.
    """

    def of(columns: Any) -> ColumnElement[bool]:
        return and_(columns.notification_type == subject.type, columns.channel == channel)

    joined = people.join(table(TypeChannel), of(Default)).outerjoin(
        table(Preference), and_(Preference_.user_id == User_.id, of(Preference_))
    )
    return select(*columns, rule(subject, *answers)).select_from(joined).order_by(User_.id).offset(0)


def reached(key: str, people: FromClause) -> tuple[FromClause, Any, tuple[Any, Any, Any]]:
    """Join what a channel needs to `people`; with it return the target, and a channel's three answers."""
    if key == IN_APP:
        return people, literal(0), (sa.true(), sa.false(), sa.true())
    channel = CHANNELS[key]
    joined, target = channel.targets(people)
    return joined, target, answers_of(key)


def answers_of(key: str) -> tuple[Any, Any, Any]:
    """Return what a channel says of an address: whether there is one, it is refused, it can be reached."""
    channel = CHANNELS[key]
    return channel.reachable(), channel.refused(), channel.available()


def _window(column: Any) -> ColumnElement[bool]:
    return and_(column > AFTER, column <= UPTO)


def members_of(audience: str, *, local: bool = False) -> sa.Select[Any]:
    """Select the members' ids of `ids`, `topic`, `role` or `all`, the actor left out of all but the first.

    With `local`, of those only who live in the timezone whose turn it is, and have no copy yet.
    """
    members = select(User_.id)
    if local:
        members = members.where(User_.timezone == ZONE, _left_out())
    if audience == "ids":
        return members.where(User_.id.in_(IDS))
    members = members.where(sa.or_(ACTOR.is_(None), User_.id != ACTOR))
    if audience == "role":
        return members.where(User_.role == ROLE)
    if audience == "topic":
        return members.where(User_.id.in_(select(Subscription.user_id).where(Subscription.topic_id == TOPIC)))
    return members


def _left_out() -> ColumnElement[bool]:
    """Whether a member has no copy of the event yet."""
    copies = table(Notification).c
    return not_(sa.exists().where(copies.event_id == EVENT, copies.recipient_id == User_.id))


@cache
def zones_left(audience: str) -> sa.Select[*tuple[Any, ...]]:
    """Select the timezones of those in an audience who have no copy of the event yet."""
    return select(User_.timezone).where(User_.id.in_(members_of(audience)), _left_out()).distinct()


@cache
def end_of_chunk(audience: str, *, local: bool = False) -> sa.Select[*tuple[Any, ...]]:
    """Select the last member's id of the next `size` after `after`, and how many they are."""
    members = members_of(audience, local=local)
    chunk = members.where(User_.id > AFTER).order_by(User_.id).limit(SIZE).subquery()
    return select(func.max(chunk.c.id), func.count())


@cache
def count_members(audience: str) -> sa.Select[Any]:
    """Count an audience."""
    return select(func.count()).select_from(members_of(audience).subquery())


@cache
def write_notifications(audience: str, *, local: bool = False) -> Any:
    """Insert everybody's copy in the window, with the in-app verdict."""
    everybody, _target, answers = reached(IN_APP, table(User))
    people = decided(IN_APP, everybody, [User_.id.label("id")], answers).where(_window(User_.id))
    who = people.where(User_.id.in_(members_of(audience, local=local))).subquery("who")
    values = {
        "recipient_id": who.c.id,
        "event_id": EVENT,
        "notification_type": TYPE,
        "group_key": GROUP_KEY,
        "created_at": AT,
        "surfaced_at": AT,
        "in_inbox": who.c.rule.in_(SENDS),
        "in_app_rule": who.c.rule,
    }
    chosen = select(*values.values()).order_by(who.c.id)
    return insert(table(Notification)).from_select(list(values), chosen)


def _copies_decided(key: str, local: bool) -> sa.Select[Any]:
    copies, there = table(Notification), table(Delivery).c
    people, target, answers = reached(key, copies.join(table(User), User_.id == copies.c.recipient_id))
    columns = [copies.c.id.label("notification_id"), copies.c.recipient_id, target.label("target")]
    mine = copies.c.event_id == EVENT, _window(copies.c.recipient_id), _window(User_.id)
    chosen = decided(key, people, columns, answers).where(*mine)
    earlier = sa.exists().where(there.notification_id == copies.c.id, there.channel == key)
    return chosen.where(not_(earlier)) if local else chosen


@cache
def write_deliveries(key: str, *, local: bool = False) -> Any:
    """Insert one channel's deliveries for the window, those that are suppressed or escalated included.

    With `local`, the window holds copies of other timezones too, whose deliveries are there already.
    """
    values = delivery_values(key, _copies_decided(key, local).subquery("decided").c, ESCALATE_AT)
    return insert(table(Delivery)).from_select(list(values), select(*values.values()))


def delivery_values(key: str, who: Any, escalate_at: Any) -> dict[str, Any]:
    """Return a new delivery's columns, from those of who was decided on.

    What is not mandatory is held until `escalate_at`, unless that is NULL.
    """
    goes = who.rule.in_(SENDS)
    waits = and_(goes, escalate_at.is_not(None), who.rule != Rule.MANDATORY)
    return {
        "notification_id": who.notification_id,
        "recipient_id": who.recipient_id,
        "channel": literal(key),
        "target": who.target,
        "rule": who.rule,
        "hold": case((waits, Rule.ESCALATION)),
        "status": case((waits, Status.HELD), (goes, Status.CREATED), else_=Status.SUPPRESSED),
        "due_at": case((waits, escalate_at), (goes, AT)),
        "created_at": AT,
        "updated_at": AT,
    }


@cache
def count_decisions(key: str, audience: str, *, local: bool = False) -> Any:
    """Count the window by what a channel's rule would be, and by all that the rules about time look at.

    Members whom those do not concern are counted together, whatever their timezone.
    """
    people, _target, answers = reached(key, with_settings(table(User)))
    chosen = decided(key, people, wishes(), answers).where(_window(User_.id))
    who = chosen.where(User_.id.in_(members_of(audience, local=local))).subquery("who").c
    return select(*who, func.count().label("amount")).group_by(*who)


def with_settings(people: FromClause) -> FromClause:
    """Join what `wishes` looks at to `people` (it contains `User`)."""
    return people.outerjoin(table(NotificationSettings), Settings_.user_id == User_.id)


def wishes() -> list[Any]:
    """Return the columns that the rules about time look at, the same for all whom those do not concern."""
    concerned = sa.or_(Settings_.user_id.is_not(None), Preference_.frequency != DIRECT)
    return [
        case((concerned, User_.timezone)).label("timezone"),
        func.coalesce(Preference_.frequency, DIRECT).label("frequency"),
        # As text: Postgres compares no JSON.
        sa.cast(Settings_.quiet_hours, sa.Text).label("quiet_hours"),
        *(Settings_.paused_until, Settings_.daily_email_limit, Settings_.emails_on, Settings_.emails_sent),
    ]
