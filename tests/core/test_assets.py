"""Our scripts as they are sent: without what only readers of the source need."""

import pytest

from hackitech.core.assets import STATIC, script_bundle

MODULES = sorted((STATIC / "js").glob("*.js"))

pytestmark = pytest.mark.sqlite_only


def test_scripts_are_sent_without_comments_and_indentation():
    lines = script_bundle().decode().splitlines()
    assert len(lines) > len(MODULES)
    assert not [line for line in lines if line.startswith(("//", " ")) or not line]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_no_string_runs_over_lines_which_would_lose_its_indentation(module):
    assert not [line for line in module.read_text().splitlines() if line.count("`") % 2]
