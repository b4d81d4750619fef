"""Who one is, API tokens and members over JSON."""

from typing import Any

from flask import request, url_for
from flask_login import current_user

from hackitech.accounts import queries, schemas, service, signin
from hackitech.accounts.loader import client_address
from hackitech.core.api import ApiBlueprint, CursorQuery, check_if_match, page_links, requires
from hackitech.core.clock import now
from hackitech.core.errors import Invalid, NotFound
from hackitech.models.api_token import SCOPES

auth = ApiBlueprint("auth", __name__, url_prefix="/api/auth", description="Who is calling, and tokens.")
users = ApiBlueprint("users", __name__, url_prefix="/api/users", description="Members, for administrators.")


@auth.post("/token/")
@auth.arguments(schemas.SignInSchema)
@auth.response(201, schemas.SecretSchema)
@auth.alt_response(401, description="Wrong email address or password.")
@auth.alt_response(429, description="Too many tries; Retry-After says when to come back.")
def sign_in(body: dict[str, str]) -> Any:
    """Exchange an email address and a password for a token with the scopes read and write."""
    return signin.sign_in_for_token(body["email"], body["password"], body["name"], client_address())


@auth.delete("/token/")
@requires(None)
@auth.response(204)
def sign_out() -> None:
    """Revoke the token that this request carries."""
    if current_user.token_id is None:
        raise NotFound("This request carries no token: a session ends on the sign-out page.")
    service.revoke_token(current_user.token_id, current_user.id)


@auth.get("/me/")
@requires("read")
@auth.response(200, schemas.MeSchema)
def me() -> Any:
    """Read one's own profile, and the scopes that one calls with."""
    return _me()


@auth.patch("/me/")
@requires("write")
@auth.arguments(schemas.ProfileSchema)
@auth.response(200, schemas.MeSchema)
def change_me(changes: dict[str, str]) -> Any:
    """Change one's name, language or time zone."""
    check_if_match(schemas.MeSchema().dump(_me()))
    service.update_profile(current_user.id, changes)
    return _me()


def _me() -> dict[str, Any]:
    held = [scope for scope in SCOPES if scope in current_user.scopes]
    return {**queries.get_user(current_user.id), "scopes": held}


@auth.get("/tokens/")
@requires("read")
@auth.arguments(CursorQuery, location="query")
@auth.response(200, schemas.TokenListSchema)
def list_tokens(query: dict[str, Any]) -> Any:
    """List one's own tokens that still work, newest first."""
    page = queries.NEWEST_TOKENS.page(
        queries.tokens_of(current_user.id, now()), query.get("cursor"), query["page_size"]
    )
    return {**page_links(page.next, page.previous), "results": page.rows}


@auth.post("/tokens/")
@requires("write")
@auth.arguments(schemas.NewTokenSchema)
@auth.response(201, schemas.CreatedTokenSchema)
def create_token(body: dict[str, Any]) -> Any:
    """Make a token for oneself; it is shown this once."""
    if excess := set(body["scopes"]) - current_user.grantable_scopes:
        raise Invalid({"scopes": [f"You cannot give what you do not have: {', '.join(sorted(excess))}."]})
    days = body.get("expires_in_days")
    lifetime = None if days is None else days * service.DAY
    return service.create_token(current_user.id, body["name"], body["scopes"], lifetime, current_user.id)


@auth.delete("/tokens/<id:token_id>/")
@requires("write")
@auth.response(204)
def revoke_token(token_id: int) -> None:
    """Revoke one of one's own tokens."""
    service.revoke_token(token_id, current_user.id)


@users.get("/")
@requires("admin")
@users.arguments(schemas.UserQuery, location="query")
@users.response(200, schemas.UserListSchema)
def list_users(query: dict[str, Any]) -> Any:
    """List members, newest first."""
    cursor, size = query.pop("cursor", None), query.pop("page_size")
    page = queries.NEWEST_USERS.page(queries.list_users(query), cursor, size)
    return {**page_links(page.next, page.previous), "results": page.rows}


@users.post("/")
@requires("admin")
@users.arguments(schemas.NewUserSchema)
@users.response(201, schemas.UserSchema)
@users.alt_response(200, schema=schemas.UserSchema, description="The external_id was known: updated.")
@users.alt_response(409, description="Another member has this email address.")
def save_user(body: dict[str, Any]) -> Any:
    """Add a member, or update the one whose `external_id` is known."""
    user_id, created = service.save_user(body, current_user.id)
    user = queries.get_user(user_id)
    if not created:
        return user, 200
    return user, 201, {"Location": url_for("users.get_user", user_id=user_id)}


@users.get("/<id:user_id>/")
@requires("admin")
@users.response(200, schemas.UserSchema)
def get_user(user_id: int) -> Any:
    """Read a member."""
    return queries.get_user(user_id)


@users.patch("/<id:user_id>/")
@requires("admin")
@users.arguments(schemas.ChangeUserSchema)
@users.response(200, schemas.UserSchema)
@users.alt_response(409, description="Another member has this email address or external_id.")
def change_user(body: dict[str, Any], user_id: int) -> Any:
    """Change a member; a new role, a new password or disabling ends the member's sessions."""
    if request.headers.get("If-Match"):
        check_if_match(schemas.UserSchema().dump(queries.get_user(user_id)))
    service.update_user(user_id, body, current_user.id)
    return queries.get_user(user_id)
