"""Commands about the site as a whole; each package brings those about its own things."""

import json
from pathlib import Path

import click
import flask_migrate
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from hackitech.accounts.first_accounts import provide_accounts
from hackitech.catalog.source import CatalogError
from hackitech.catalog.sync import SyncReport
from hackitech.operations.doctor import examine
from hackitech.types.service import sync_catalogue

types = AppGroup("types", help="Types of notification.")


def init_commands(app: Flask) -> None:
    """Give `flask` our commands."""
    for command in (set_up, doctor, types):
        app.cli.add_command(command)


@click.command("setup")
@with_appcontext
def set_up() -> None:
    """Bring database, types and first accounts up to date, and print the accounts as JSON."""
    flask_migrate.upgrade()
    _sync()
    accounts = provide_accounts(Path(current_app.config["INSTANCE"]))
    click.echo(json.dumps({"accounts": accounts}))


@click.command("doctor")
@with_appcontext
def doctor() -> None:
    """Look at every part of the site; fail where one is ill, and say how to mend it."""
    ill = 0
    for finding in examine():
        click.echo(f"{'ok ' if finding.well else 'ILL'}  {finding.part}: {finding.sentence}")
        ill += not finding.well
    if ill:
        raise click.exceptions.Exit(1)


@types.command("sync")
def sync() -> None:
    """Bring the types up to date with their files."""
    click.echo(str(_sync()))


def _sync() -> SyncReport:
    try:
        return sync_catalogue()
    except CatalogError as error:
        raise click.ClickException(str(error)) from None
