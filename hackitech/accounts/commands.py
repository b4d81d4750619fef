"""Commands about members and their tokens; what they print can be piped."""

import click
from flask.cli import AppGroup

from hackitech.accounts import queries, service
from hackitech.accounts.emails import canonical_email
from hackitech.core.commands import explain
from hackitech.core.errors import AppError
from hackitech.models.api_token import SCOPES

users_group = AppGroup("users", help="Members of the platform.")
tokens_group = AppGroup("tokens", help="API tokens.")


def email_argument(_context: click.Context, _parameter: click.Parameter, text: str) -> str:
    """Read an address as click reads arguments."""
    try:
        return canonical_email(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@users_group.command("create")
@click.argument("email", callback=email_argument)
@click.option("--name", help="What others call the member; the address's first part unless given.")
@click.option("--password", help="Without one, the member asks for a link on /reset.")
@click.option("--admin", is_flag=True, help="Give the role admin.")
def create_user(email: str, name: str | None, password: str | None, admin: bool) -> None:
    """Create a member and print the id."""
    given = {"name": name, "password": password, "role": "admin" if admin else None}
    try:
        user_id, _ = service.save_user({"email": email} | {k: v for k, v in given.items() if v}, None)
    except AppError as error:
        raise explain(error) from None
    click.echo(user_id)


@tokens_group.command("create")
@click.argument("email", callback=email_argument)
@click.option("--name", default="Command line", show_default=True, help="What the token is called.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(SCOPES),
    help="Repeatable; read and write unless given.",
)
def create_token(email: str, name: str, scopes: tuple[str, ...]) -> None:
    """Create an API token for a member and print it alone."""
    user_id = queries.id_by_email(email)
    if user_id is None:
        raise click.ClickException(f"No member has the address {email}.")
    try:
        click.echo(service.create_token(user_id, name, scopes or service.OWN_SCOPES).token)
    except AppError as error:
        raise explain(error) from None
