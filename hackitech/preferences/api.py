"""Preferences and types over JSON."""

from typing import Any

from flask_login import current_user

from hackitech.catalog.definitions import LoadedType
from hackitech.catalog.lookup import all_types
from hackitech.channels.registry import channel_keys
from hackitech.core.api import ApiBlueprint, check_if_match, page_links, requires
from hackitech.core.database import db
from hackitech.core.errors import Forbidden
from hackitech.models.preference import Preference
from hackitech.preferences import (
    queries,
    schemas,
    service,
    settings_queries,
    settings_schemas,
    settings_service,
    simulation_service,
)
from hackitech.preferences.decision import Changes, Choice
from hackitech.preferences.settings_decision import SettingsChanges
from hackitech.preferences.settings_queries import Settings

preferences = ApiBlueprint("preferences", __name__, url_prefix="/api/notifications/preferences")
types = ApiBlueprint("types", __name__, url_prefix="/api/notifications/types")


@preferences.get("/")
@requires("read")
@preferences.arguments(schemas.PreferenceQuery, location="query")
@preferences.response(200, schemas.PreferenceListSchema)
def list_preferences(query: dict[str, Any]) -> dict[str, Any]:
    """List stored choices: one's own, or everybody's for an administrator."""
    cursor, size = query.pop("cursor", None), query.pop("page_size")
    if not current_user.sees_all:
        if query.get("user_id", current_user.id) != current_user.id:
            raise Forbidden("Only an administrator may list somebody else's.")
        query["user_id"] = current_user.id
    page = queries.NEWEST_FIRST.page(queries.stored(query), cursor, size)  # type: ignore[arg-type]
    return {**page_links(page.next, page.previous), "results": page.rows}


@preferences.post("/")
@requires("write")
@preferences.arguments(schemas.ChoiceSchema)
@preferences.response(201, schemas.PreferenceSchema)
@preferences.alt_response(409, description="There is a choice for this type and channel already.")
def create_preference(choice: Choice) -> Any:
    """Store a choice where there was none."""
    return service.create_preference(current_user.id, choice)


@preferences.get("/<id:preference_id>/")
@requires("read")
@preferences.response(200, schemas.PreferenceSchema)
def get_preference(preference_id: int) -> Preference:
    """Read a stored choice."""
    return queries.get_preference(preference_id, _owner())


@preferences.put("/<id:preference_id>/")
@requires("write")
@preferences.arguments(schemas.ReplaceSchema)
@preferences.response(200, schemas.PreferenceSchema)
def replace_preference(changes: Changes, preference_id: int) -> Preference:
    """Write a stored choice anew."""
    return service.update_preference(preference_id, _owner(), current_user.id, changes, _expect)


@preferences.patch("/<id:preference_id>/")
@requires("write")
@preferences.arguments(schemas.ChangeSchema)
@preferences.response(200, schemas.PreferenceSchema)
def change_preference(changes: Changes, preference_id: int) -> Preference:
    """Change a stored choice."""
    return service.update_preference(preference_id, _owner(), current_user.id, changes, _expect)


@preferences.delete("/<id:preference_id>/")
@requires("write")
@preferences.response(204)
def delete_preference(preference_id: int) -> None:
    """Go back to the default."""
    service.delete_preference(preference_id, _owner(), current_user.id, _expect)


@preferences.get("/my_preferences/")
@requires("read")
@preferences.response(200, schemas.CellsSchema)
def my_preferences() -> dict[str, Any]:
    """Read what reaches the caller: every type on every channel."""
    return {"results": queries.matrix(current_user.id)}


@preferences.post("/update_preferences/")
@requires("write")
@preferences.arguments(schemas.ChoicesSchema)
@preferences.response(200, schemas.StoredSchema)
def update_preferences(body: dict[str, Any]) -> dict[str, Any]:
    """Make many choices at once: all of them, or none."""
    return {"results": service.update_preferences(current_user.id, body["preferences"])}


@preferences.post("/toggle_all/")
@requires("write")
@preferences.arguments(schemas.ToggleSchema)
@preferences.response(200, schemas.ToggledSchema)
def toggle_all(body: dict[str, Any]) -> service.Toggled:
    """Turn a whole type, a whole channel or one pair on or off."""
    return service.toggle_all(current_user.id, **body)


@preferences.get("/settings/")
@requires("read")
@preferences.response(200, settings_schemas.SettingsSchema)
def read_settings() -> Settings:
    """Read quiet hours, pause and daily limit."""
    return settings_queries.get_settings(current_user.id)


@preferences.patch("/settings/")
@requires("write")
@preferences.arguments(settings_schemas.ChangeSettingsSchema)
@preferences.response(200, settings_schemas.SettingsSchema)
def change_settings(changes: SettingsChanges) -> Settings:
    """Change quiet hours, pause and daily limit; what they held is judged anew at once."""
    return settings_service.update_settings(current_user.id, changes, _expect_settings)


@preferences.post("/simulate/")
@requires("read")
@preferences.arguments(settings_schemas.SimulateSchema)
@preferences.response(200, settings_schemas.SimulatedSchema)
def simulate(trial: simulation_service.Trial) -> dict[str, Any]:
    """Tell what the last 30 days would have been under other settings."""
    found = simulation_service.simulate(current_user.id, trial)
    return {
        "days": simulation_service.DAYS,
        "from_": found.span.start,
        "to": found.span.end,
        "sent": found.sent,
        "would_be": found.would_be,
        "cut": found.cut,
    }


@types.get("/")
@requires("read")
@types.response(200, schemas.TypesSchema)
def list_types() -> dict[str, Any]:
    """List the types of notification, in the caller's language."""
    return {"results": [_type(loaded) for loaded in all_types(db.session())]}


def _owner() -> int | None:
    return None if current_user.sees_all else current_user.id


def _expect(preference: Preference) -> None:
    check_if_match(schemas.PreferenceSchema().dump(preference))


def _expect_settings(settings: Settings) -> None:
    check_if_match(settings_schemas.SettingsSchema().dump(settings))


def _type(loaded: LoadedType) -> dict[str, Any]:
    channels = {key: loaded.channels[key] for key in channel_keys() if key in loaded.channels}
    return {
        "key": loaded.key,
        "category": loaded.category,
        "label": loaded.label,
        "description": loaded.description,
        "params": loaded.params,
        "channels": [key for key, default in channels.items() if default.enabled or default.mandatory],
        "mandatory": [key for key, default in channels.items() if default.mandatory],
    }
