"""Bind accounts to the application."""

from flask import Flask

from hackitech.accounts.api import auth, users
from hackitech.accounts.commands import tokens_group, users_group
from hackitech.accounts.guessing import init_guessing
from hackitech.accounts.loader import init_loader
from hackitech.accounts.pages import pages
from hackitech.accounts.passwords import init_passwords
from hackitech.accounts.profile_pages import profile_pages
from hackitech.core.api import api


def init_accounts(app: Flask) -> None:
    """Register the API, pages and commands of accounts, and tell flask-login who calls."""
    for init in (init_loader, init_passwords, init_guessing):
        init(app)
    for blueprint in (auth, users):
        api.register_blueprint(blueprint)
    for paged in (pages, profile_pages):
        app.register_blueprint(paged)
    for group in (users_group, tokens_group):
        app.cli.add_command(group)
