"""Commands about notifications: send one, recount mailboxes, erase what is over."""

from collections import Counter
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup, with_appcontext

from hackitech.accounts.queries import ids_by_email
from hackitech.catalog.definitions import LoadedType
from hackitech.catalog.lookup import all_types, find_type
from hackitech.core.commands import explain
from hackitech.core.database import db
from hackitech.core.errors import AppError
from hackitech.core.i18n import DEFAULT_LOCALE
from hackitech.models.user import ROLES
from hackitech.notifications import counts_service, event_service, retention_service
from hackitech.notifications.content import NotifyFields
from hackitech.notifications.dry_run_service import dry_run

counts = AppGroup("counts", help="How many notifications each mailbox holds.")


def init_notification_commands(app: Flask) -> None:
    """Give `flask` these commands."""
    for command in (send, counts, purge):
        app.cli.add_command(command)


@click.command("send")
@click.option("--type", "type_key", required=True, help="Which type; `types sync` knows them.")
@click.option("--to", "emails", multiple=True, metavar="EMAIL", help="A member; several may follow.")
@click.option("--topic", help="Whoever follows this topic.")
@click.option("--role", type=click.Choice(ROLES), help="Whoever has this role.")
@click.option("--all", "everybody", is_flag=True, help="Every member.")
@click.option("--title", help="In your own words, together with --message.")
@click.option("--message")
@click.option("--param", "params", multiple=True, metavar="K=V", help="What the type's wording needs.")
@click.option("--acknowledge", is_flag=True, help="Ask each to confirm that they have taken note.")
@click.option("--dry-run", is_flag=True, help="Count what would become of whom; send nothing.")
@click.argument("more", nargs=-1, metavar="[EMAIL | K=V]...")
@with_appcontext
def send(type_key: str, more: tuple[str, ...], params: tuple[str, ...], **given: Any) -> None:
    """Notify members, and print what became of it."""
    loaded = _type(type_key)
    emails = [*given["emails"], *(text for text in more if not _is_param(text))]
    fields = _audience(emails, given["topic"], given["role"], given["everybody"])
    fields["params"] = _params(loaded, [*params, *filter(_is_param, more)])
    fields["acknowledge"] = given["acknowledge"]
    for name in ("title", "message"):
        if given[name] is not None:
            fields[name] = given[name]
    try:
        if given["dry_run"]:
            _print_dry_run(dry_run(type_key, fields))
        else:
            _print_event(event_service.create(type_key, fields, DEFAULT_LOCALE, None, single=False).body)
    except AppError as error:
        raise explain(error) from None


def _audience(emails: list[str], topic: str | None, role: str | None, everybody: bool) -> NotifyFields:
    if sum((bool(emails), topic is not None, role is not None, everybody)) != 1:
        raise click.UsageError("Say who: either --to EMAIL, --topic KEY, --role ROLE or --all.")
    if topic is not None:
        return {"topic": topic}
    if role is not None:
        return {"role": role}
    return {"all": True} if everybody else {"recipients": _members(emails)}


def _type(key: str) -> LoadedType:
    loaded = find_type(db.session, key)
    if loaded is None or loaded.retired:
        known = ", ".join(other.key for other in all_types(db.session)) or "none yet; run `types sync`"
        raise click.ClickException(f"There is no type {key!r}. There are: {known}.")
    return loaded


def _is_param(text: str) -> bool:
    name, equals, _value = text.partition("=")
    return bool(equals) and "@" not in name


def _params(loaded: LoadedType, texts: list[str]) -> dict[str, Any]:
    """Return params by name, each read as the kind of value that the type declares."""
    params: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise click.UsageError(f"--param {text}: write it as name=value.")
        declared = loaded.params.get(name)
        params[name] = _value(declared.type if declared else "string", value)
    return params


def _value(kind: str, text: str) -> Any:
    """Return what `text` says; what it cannot say stays a text, for the type to refuse."""
    try:
        if kind in ("integer", "number"):
            return int(text) if kind == "integer" else float(text)
    except ValueError:
        return text
    if kind == "boolean":
        return {"true": True, "false": False}.get(text.lower(), text)
    return text


def _members(emails: list[str]) -> list[int]:
    addresses = [email.strip().lower() for email in emails]
    known = ids_by_email(addresses)
    for address in addresses:
        if address not in known:
            click.echo(f"No member has the address {address}.", err=True)
    if not known:
        raise click.ClickException("Nobody was notified.")
    return list(known.values())


def _print_event(event: dict[str, Any]) -> None:
    click.echo(f"event {event['id']}: {event['status']}, {event['done']} of {event['total']} recipients")
    for channel, statuses in event["by_channel"].items():
        counted = ", ".join(f"{amount} {status}" for status, amount in statuses.items())
        click.echo(f"  {channel}: {counted}")


def _print_dry_run(outcome: dict[str, Any]) -> None:
    click.echo(f"dry run: {outcome['total']} recipients, nothing was sent")
    for channel, verdicts in outcome["channels"].items():
        counted = [
            f"{amount} {verdict} ({rule})"
            for verdict, rules in verdicts.items()
            for rule, amount in rules.items()
        ]
        click.echo(f"  {channel}: {', '.join(counted) or 'nobody'}")


@counts.command("reconcile")
def reconcile() -> None:
    """Recount every mailbox; print and put right what differs."""
    amount = 0
    for found in counts_service.reconcile():
        amount += 1
        changes = ", ".join(
            f"{name} {found.stored[name]} -> {real}"
            for name, real in found.real.items()
            if real != found.stored[name]
        )
        click.echo(f"member {found.user_id}, {found.notification_type}: {changes}")
    click.echo(f"{amount} put right." if amount else "Every count is right.")


@click.command("purge")
@with_appcontext
def purge() -> None:
    """Erase what is over: old and deleted notifications, ended sessions, tokens, resets, keys."""
    erased: Counter[str] = Counter()
    position: retention_service.Position | None = retention_service.START
    while position is not None:
        what, amount, following = retention_service.purge_chunk(position)
        erased[what] += amount
        if following is None or following[0] != position[0]:
            click.echo(f"{what}: {erased[what]}")
        elif amount:
            click.echo(f"{what}: {erased[what]} so far", err=True)
        position = following
