"""Security 23: what is installed is what was tried."""

import re
from importlib.metadata import version

import pytest
from packaging.requirements import Requirement

from config import ROOT


def requirements(name: str) -> list[Requirement]:
    """Return what a file asks for on this machine and this Python."""
    lines = [line.partition("#")[0].strip() for line in (ROOT / name).read_text().splitlines()]
    found = [Requirement(line) for line in lines if line and not line.startswith("-r")]
    assert found
    return [wanted for wanted in found if not wanted.marker or wanted.marker.evaluate()]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_sec_23_every_requirement_is_pinned_to_what_is_installed(name: str) -> None:
    different = {
        wanted.name: (str(wanted.specifier), version(wanted.name))
        for wanted in requirements(name)
        if str(wanted.specifier) != f"=={version(wanted.name)}"
    }
    assert not different


def test_sec_23_there_is_a_command_that_audits_them() -> None:
    assert re.search(r"^audit:.*\n\t.*pip_audit", (ROOT / "Makefile").read_text(), re.MULTILINE)
