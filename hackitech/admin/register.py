"""Bind the admin pages to the application: each section is a blueprint within the one of `/admin`."""

from flask import Blueprint, Flask

from hackitech.admin.audit_pages import audit
from hackitech.admin.blueprint import admin
from hackitech.admin.dashboard_pages import dashboard
from hackitech.admin.failures_pages import failures
from hackitech.admin.health_pages import health
from hackitech.admin.log_pages import log
from hackitech.admin.members_pages import members
from hackitech.admin.messages_pages import messages
from hackitech.admin.suppressions_pages import suppressions
from hackitech.admin.tasks_pages import tasks
from hackitech.admin.tokens_pages import tokens
from hackitech.admin.topics_pages import topics
from hackitech.admin.types_pages import types

SECTIONS: tuple[Blueprint, ...] = (
    dashboard,
    health,
    messages,
    log,
    tasks,
    audit,
    members,
    tokens,
    topics,
    failures,
    suppressions,
    types,
)

for section in SECTIONS:
    admin.register_blueprint(section)


def init_admin(app: Flask) -> None:
    """Register the blueprint with all its sections."""
    app.register_blueprint(admin)
