"""Security 23: what is installed is what was tried."""

import re
from importlib.metadata import version

import pytest

from config import ROOT

PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]+\])?==([^\s;#]+)")


def pins(name: str) -> dict[str, str]:
    lines = [line.strip() for line in (ROOT / name).read_text().splitlines()]
    wanted = [line for line in lines if line and not line.startswith(("#", "-r"))]
    found = [PIN.match(line) for line in wanted]
    assert all(found), [line for line, match in zip(wanted, found, strict=True) if not match]
    return {match[1]: match[2] for match in found if match}


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_sec_23_every_requirement_is_pinned_to_what_is_installed(name: str) -> None:
    different = {
        package: (pinned, version(package))
        for package, pinned in pins(name).items()
        if version(package) != pinned
    }
    assert not different


def test_sec_23_there_is_a_command_that_audits_them() -> None:
    assert re.search(r"^audit:.*\n\t.*pip_audit", (ROOT / "Makefile").read_text(), re.MULTILINE)
