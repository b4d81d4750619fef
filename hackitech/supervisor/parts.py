"""The parts of a run: what each is started with."""

import os
import sys
from pathlib import Path
from typing import Any

from hackitech.supervisor.probes import free_port, mail_answers, web_answers
from hackitech.supervisor.processes import Part

# Every queue has a worker; what has least to do shares a process with the clock, as processes cost memory.
WORKERS = {
    "email": ["hackitech.worker", "email"],
    "clock": ["hackitech.clock", "--work", "push", "webhook"],
}


def environment(settings: dict[str, Any], redis_url: str, smtp_url: str) -> dict[str, str]:
    """Return what every part finds in its environment besides ours."""
    return {
        "ENVIRONMENT": settings["ENVIRONMENT"],
        "PORT": str(settings["PORT"]),
        "PUBLIC_URL": settings["PUBLIC_URL"],
        "REDIS_URL": redis_url,
        "SMTP_URL": smtp_url,
        "PYTHONUNBUFFERED": "1",
        # A run writes in .venv and in instance/ alone; many containers switch that cache off.
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": os.environ.get("PYTHONPYCACHEPREFIX", settings["INSTANCE"] + "/pycache"),
        # glibc otherwise keeps up to eight heaps per core, which doubles what gevent's threads hold.
        "MALLOC_ARENA_MAX": os.environ.get("MALLOC_ARENA_MAX", "2"),
    }


def python(*arguments: str) -> list[str]:
    """Return the command that runs a module with our Python."""
    return [sys.executable, "-m", *arguments]


def lean_python(*arguments: str) -> list[str]:
    """Return the same without docstrings in memory; the web process makes the API's documents of them."""
    return [sys.executable, "-OO", "-m", *arguments]


def mail_catcher(folder: Path) -> tuple[Part, str]:
    """Return the development mail server and its address."""
    port = free_port()
    command = lean_python("hackitech.devmail", "--port", str(port), "--folder", str(folder))
    return Part("mail", command, ready=lambda: mail_answers(port)), f"smtp://127.0.0.1:{port}"


def setup(variables: dict[str, str]) -> Part:
    """Return the command that brings database, types and first accounts up to date."""
    return Part("setup", python("flask", "--app", "wsgi", "setup"), environment=variables, once=True)


def web(port: int, variables: dict[str, str]) -> Part:
    """Return the server of pages, API and stream."""
    command = python("gunicorn", "-c", "hackitech/gunicorn_conf.py", "wsgi:app")
    return Part("web", command, ready=lambda: web_answers(port), environment=variables)


def workers(variables: dict[str, str]) -> list[Part]:
    """Return the clock, and a worker for every queue."""
    return [Part(name, lean_python(*command), environment=variables) for name, command in WORKERS.items()]
