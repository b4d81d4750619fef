"""Our scripts and styles as browsers get them."""

import re

import pytest

from hackitech.core.assets import STATIC, script_bundle

pytestmark = pytest.mark.sqlite_only
MODULES = sorted((STATIC / "js").glob("*.js"))


def test_scripts_are_sent_whole_but_for_comments_and_indentation():
    sent = script_bundle().decode().splitlines()
    written = [line.strip() for module in MODULES for line in ["{", *module.read_text().splitlines(), "}"]]
    assert [line for line in sent if line] == [line for line in written if line and line[:2] != "//"]


def test_no_text_in_a_script_spans_lines_which_would_lose_its_indentation():
    for module in MODULES:
        code = re.sub(r"^\s*//.*$", "", module.read_text(), flags=re.MULTILINE)
        assert all(line.count("`") % 2 == 0 for line in code.splitlines()), module
