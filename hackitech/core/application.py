"""The application without HTTP: settings, database, Redis and languages, which is all that workers need."""

from typing import Any

from flask import Flask

import config
from hackitech.core.database import db
from hackitech.core.i18n import init_i18n
from hackitech.core.kill_points import init_kill_points
from hackitech.core.logs import init_logs
from hackitech.core.redis import init_redis
from hackitech.core.settings import check_secrets, flask_settings


def create_core_app(overrides: dict[str, Any] | None = None) -> Flask:
    """Return an application that answers no request yet; `overrides` win over the environment.

    Raises:
        ConfigError: a setting cannot be used.
        InsecureSettings: a key is missing or weak, outside development.
    """
    app = Flask("hackitech")
    settings = {**config.load(), **(overrides or {})}
    check_secrets(settings)
    app.config.update(settings)
    app.config.update(flask_settings(settings))
    init_logs(app)
    db.init_app(app)
    for init in (init_redis, init_i18n, init_kill_points):
        init(app)
    return app
