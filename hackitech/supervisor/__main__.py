"""Run the whole project: `python -m hackitech.supervisor`."""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from config import ROOT, ConfigError, load
from hackitech.supervisor import parts
from hackitech.supervisor.checks import Refused, check_port, check_python
from hackitech.supervisor.console import put, say
from hackitech.supervisor.instance import Instance
from hackitech.supervisor.processes import die_with_parent
from hackitech.supervisor.redis_server import RedisServer
from hackitech.supervisor.supervisor import Stopped, Supervisor

SERVICES = ("redis", "mail")
PATIENCE = 60.0  # seconds for a part to answer; the first start compiles everything it imports
EXAMPLE = '--type announcement --to {to} --title "Hello" --message "It works"'


def main() -> int:
    """Start everything, look after it until told to stop, and return the exit status."""
    instance = Instance(ROOT / "instance")
    try:
        check_python()
        instance.open()
        settings = load({**os.environ, "ENVIRONMENT": os.environ.get("ENVIRONMENT") or "development"})
        check_port(settings["PORT"])
        instance.secret_key()
    except (Refused, ConfigError) as refusal:
        print(refusal, file=sys.stderr)
        return 1
    if "MAKELEVEL" in os.environ:
        die_with_parent()  # make runs us: without it nobody could stop us
    try:
        return supervise(instance, settings)
    finally:
        instance.close()


def supervise(instance: Instance, settings: dict[str, Any]) -> int:
    """Run every part until told to stop, and return the exit status."""
    supervisor = Supervisor(ROOT, instance.lock)
    supervisor.obey_signals()
    try:
        start(supervisor, instance, settings)
        supervisor.watch()
    except Stopped:
        say("stopping")
    except Refused as refusal:
        say(str(refusal))
        return 1
    finally:
        supervisor.stop(last=SERVICES)
    say("stopped")
    return 0


def start(supervisor: Supervisor, instance: Instance, settings: dict[str, Any]) -> None:
    """Start the parts in the order in which they need each other, saying so."""
    began = time.monotonic()
    redis_url, smtp_url = start_services(supervisor, instance.folder, settings)
    variables = parts.environment(settings, redis_url, smtp_url)
    addresses = {"redis_url": redis_url, "smtp_url": smtp_url, "public_url": settings["PUBLIC_URL"]}
    instance.publish({**addresses, "pid": os.getpid()})
    say("bringing database, notification types and accounts up to date")
    accounts = set_up(supervisor, variables)
    say("starting web and workers")
    started = [parts.web(settings["PORT"], variables), *parts.workers(variables)]
    for part in started:
        supervisor.start(part)
    supervisor.wait_until_ready(started, PATIENCE)
    say(f"ready after {time.monotonic() - began:.1f} s")
    put(welcome(settings, accounts, catches_mail=not settings["SMTP_URL"]))


def start_services(supervisor: Supervisor, folder: Path, settings: dict[str, Any]) -> tuple[str, str]:
    """Start the Redis and mail servers that the settings leave to us, and return the addresses to use."""
    redis_url, smtp_url, services = settings["REDIS_URL"], settings["SMTP_URL"], []
    if not redis_url:
        server = RedisServer(folder / "redis")
        redis_url = server.url
        services.append(server.part())
    if not smtp_url:
        catcher, smtp_url = parts.mail_catcher(folder / "mail")
        services.append(catcher)
    if services:
        say("starting " + " and ".join(service.name for service in services))
    for service in services:
        supervisor.start(service)
    supervisor.wait_until_ready(services, PATIENCE)
    return redis_url, smtp_url


def set_up(supervisor: Supervisor, variables: dict[str, str]) -> list[dict[str, str]]:
    """Run the set-up command and return the accounts that it names."""
    accounts: list[dict[str, str]] = []

    def hear(line: str) -> None:
        try:
            accounts.extend(json.loads(line)["accounts"])
        except (ValueError, KeyError, TypeError):
            say(line, "setup")

    supervisor.run(parts.setup(variables), hear)
    return accounts


def welcome(settings: dict[str, Any], accounts: list[dict[str, str]], catches_mail: bool) -> str:
    """Return what somebody who has just started the project wants to know."""
    address = settings["PUBLIC_URL"]
    rows = [("open", address)]
    rows += [(account["role"], f"{account['email']}   {account['password']}") for account in accounts]
    if catches_mail and settings["ENVIRONMENT"] == "development":
        rows.append(("mail", f"{address}/dev/mail"))
    member = next((account["email"] for account in accounts if account["role"] == "member"), "EMAIL")
    rows.append(("send", f".venv/bin/flask --app wsgi send {EXAMPLE.format(to=member)}"))
    rows.append(("stop", "Ctrl-C"))
    return "\n" + "".join(f"  {name:<8} {value}\n" for name, value in rows) + "\n"


if __name__ == "__main__":
    sys.exit(main())
