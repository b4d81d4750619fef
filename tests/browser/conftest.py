"""A real Chromium for the tests of this folder: the one in CHROMIUM, or one on the PATH."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    assert found, "no Chromium; make test installs one"
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-gpu"]
    return {
        **browser_type_launch_args,
        "executable_path": found,
        "headless": True,
        "chromium_sandbox": os.geteuid() != 0,
        "args": quiet,
    }
