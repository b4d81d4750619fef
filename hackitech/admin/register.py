"""Bind the admin pages to the application: each section is a blueprint within the one of `/admin`."""

from flask import Blueprint, Flask

from hackitech.admin.blueprint import admin
from hackitech.admin.dashboard_pages import dashboard
from hackitech.admin.log_pages import log
from hackitech.admin.tasks_pages import tasks

SECTIONS: tuple[Blueprint, ...] = (dashboard, log, tasks)

for section in SECTIONS:
    admin.register_blueprint(section)


def init_admin(app: Flask) -> None:
    """Register the blueprint with all its sections."""
    app.register_blueprint(admin)
