"""The accounts that a new installation begins with, so that somebody can sign in at all."""

import json
import os
import secrets
from pathlib import Path

from hackitech.accounts import queries, service

FIRST = (("admin", "admin@hackitech.example", "Admin"), ("member", "demo@hackitech.example", "Demo"))

Account = dict[str, str]
"""role, email, password"""


def provide_accounts(folder: Path) -> list[Account]:
    """Create an admin and a demo member where there is nobody yet, and return them with their passwords.

    The passwords are kept in `folder`, for their owner's eyes, so that a later run can say them again.
    """
    file = folder / "accounts.json"
    if queries.anybody():
        return _read(file)
    accounts = [{"role": role, "email": email, "password": secrets.token_hex(8)} for role, email, _ in FIRST]
    _write(file, accounts)
    for account, (role, email, name) in zip(accounts, FIRST, strict=True):
        service.save_user({"email": email, "name": name, "role": role, "password": account["password"]}, None)
    return accounts


def _read(file: Path) -> list[Account]:
    try:
        accounts: list[Account] = json.loads(file.read_text())["accounts"]
    except (OSError, ValueError, KeyError):
        return []
    return accounts


def _write(file: Path, accounts: list[Account]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as private:
        json.dump({"accounts": accounts}, private, indent=2)
