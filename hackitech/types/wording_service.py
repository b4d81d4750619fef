"""Write wording, publish it, and go back to what it was: each is a version that stays."""

from typing import Any

from hackitech.catalog.authoring import UnfitWording, wording_problems
from hackitech.catalog.definitions import ADMIN, Wording
from hackitech.catalog.lookup import forget_types
from hackitech.catalog.remarks import Problem, Remark
from hackitech.catalog.storing import new_version
from hackitech.catalog.wording import MAX_SOURCE
from hackitech.core.clock import now
from hackitech.core.database import db
from hackitech.core.errors import Conflict
from hackitech.core.i18n import N_
from hackitech.core.transaction import after_commit, atomic
from hackitech.models.audit import record_audit
from hackitech.models.template_version import TemplateVersion
from hackitech.types import queries
from hackitech.types.queries import Place


def save_draft(place: Place, wording: Wording, base: int, author_id: int) -> int:
    """Keep wording that is not finished, and return its version; one's own draft before it goes.

    `base` is the newest version that the author was shown.

    Raises:
        NotFound: no such type.
        Conflict: there is a newer version of somebody else's.
        UnfitWording: a text is too long to be kept. Anything else may be wrong with it.
    """
    _check_lengths(wording)
    with atomic():
        return _write(place, wording, base, author_id, action="wording.draft")


def publish(place: Place, wording: Wording, base: int, author_id: int) -> int:
    """Let notifications say this from now on, and return its version; `base` is as in `save_draft`.

    Raises:
        NotFound: no such type.
        Conflict: there is a newer version of somebody else's.
        UnfitWording: a text is wrong, or cannot be rendered with the examples of the params.
    """
    with atomic():
        return _publish(place, wording, base, author_id, action="wording.publish")


def roll_back(place: Place, version: int, base: int, author_id: int) -> int:
    """Publish what an earlier version says as a new one, and return that; `base` is as in `save_draft`.

    Raises:
        NotFound: no such type or version.
        Conflict: there is a newer version of somebody else's.
        UnfitWording: it does not fit the params that the type has now.
    """
    with atomic():
        wording = Wording.from_json(queries.get_version(place, version).wording)
        return _publish(place, wording, base, author_id, action="wording.roll_back")


def _publish(place: Place, wording: Wording, base: int, author_id: int, *, action: str) -> int:
    queries.lock_type(place.key)
    problems = wording_problems(queries.get_type(place.key), wording, place.locale)
    if problems:
        raise UnfitWording(problems)
    after_commit(forget_types)
    return _write(place, wording, base, author_id, action=action, published=True)


def _write(
    place: Place, wording: Wording, base: int, author_id: int, *, action: str, published: bool = False
) -> int:
    queries.lock_type(place.key)
    newest = queries.newest_version(place)
    if newest and newest.wording == wording.as_json() and _stands(place, newest, published=published):
        return int(newest.version)  # pressed twice
    if (newest.version if newest else 0) != base:
        raise Conflict("There is a newer version.")
    before = queries.version_in_force(place) if published else queries.newest_draft(place)
    number = base + 1
    version = new_version(place.key, place.locale, number, wording, ADMIN)
    version.author_id, version.published_at = author_id, now() if published else None
    db.session.add(version)
    if newest and _is_own_draft(newest, author_id):
        db.session.delete(db.session.get_one(TemplateVersion, newest.id))
    record_audit(author_id, action, "wording", str(place), _told(before), _told(version))
    return number


def _stands(place: Place, newest: Any, *, published: bool) -> bool:
    """Return whether the newest version is already what it is to become."""
    if not published:
        return newest.source == ADMIN and newest.published_at is None
    current = queries.version_in_force(place)
    return current is not None and bool(current.version == newest.version)


def _is_own_draft(version: Any, author_id: int) -> bool:
    unpublished = version.source == ADMIN and version.published_at is None
    return bool(unpublished and version.author_id == author_id)


def _told(version: Any) -> dict[str, Any] | None:
    return {"version": version.version, "wording": version.wording} if version else None


def _check_lengths(wording: Wording) -> None:
    message, hint = (
        Remark(N_("it is too long")),
        Remark(N_("Write at most %(most)s characters."), most=MAX_SOURCE),
    )
    long = {name: [Problem(1, message, hint)] for name, text in wording.texts() if len(text) > MAX_SOURCE}
    if long:
        raise UnfitWording(long)
