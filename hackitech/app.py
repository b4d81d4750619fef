"""Assembly: the application factory of web, stream and commands; workers take its core."""

from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

import config
from hackitech.accounts.register import init_accounts
from hackitech.admin.register import init_admin
from hackitech.bounces.api import email_events, suppressions
from hackitech.cli import init_commands
from hackitech.core.api import api, init_api
from hackitech.core.application import create_core_app
from hackitech.core.assets import init_assets
from hackitech.core.database import db
from hackitech.core.extensions import login_manager, migrate
from hackitech.core.problems import init_problems
from hackitech.core.rate_limit import init_limits
from hackitech.core.security import init_security
from hackitech.core.web import init_web
from hackitech.devices.api import devices
from hackitech.devices.app_pages import app_pages
from hackitech.devices.pages import devices_pages
from hackitech.docs.pages import api_docs
from hackitech.localmail.pages import init_local_mail
from hackitech.notifications.api import blp as notifications
from hackitech.notifications.commands import init_notification_commands
from hackitech.notifications.events_api import blp as events
from hackitech.notifications.pages import inbox_pages
from hackitech.operations.api import operations
from hackitech.operations.metrics import init_metrics
from hackitech.preferences.api import preferences, types
from hackitech.preferences.pages import preferences_pages
from hackitech.preferences.unsubscribe_pages import unsubscribe_pages
from hackitech.realtime.register import init_realtime
from hackitech.topics.api import topics
from hackitech.topics.mutes_api import mutes


def create_app(overrides: dict[str, Any] | None = None) -> Flask:
    """Return the application; `overrides` are settings that win over the environment."""
    app = create_core_app(overrides)
    migrate.init_app(app, db, directory=str(config.ROOT / "migrations"), render_as_batch=True)
    login_manager.init_app(app)
    for init in (init_limits, init_security, init_web, init_problems, init_assets):
        init(app)
    _register(app)
    hops = app.config["PROXY_HOPS"]
    if hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _register(app: Flask) -> None:
    """Bind every blueprint and command."""
    init_api(app)
    init_metrics(app)
    init_accounts(app)
    init_realtime(app)
    init_commands(app)
    init_notification_commands(app)
    for blueprint in (notifications, events, preferences, types, devices, topics, mutes):
        api.register_blueprint(blueprint)
    for blueprint in (email_events, suppressions):
        api.register_blueprint(blueprint)
    pages = inbox_pages, preferences_pages, devices_pages, app_pages, unsubscribe_pages, api_docs, operations
    for page in pages:
        app.register_blueprint(page)
    init_admin(app)
    init_local_mail(app)
