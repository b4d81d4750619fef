"""Our scripts and styles as browsers get them."""

import gzip
import re

import pytest

from hackitech.core.assets import STATIC, script_bundle, style_bundle

pytestmark = pytest.mark.sqlite_only
MODULES = sorted((STATIC / "js").glob("**/*.js"))
KB = 1024


def test_scripts_are_sent_whole_but_for_comments_and_indentation():
    sent = script_bundle().decode().splitlines()
    own = [module for module in MODULES if module.parent.name == "js"]
    written = [line.strip() for module in own for line in ["{", *module.read_text().splitlines(), "}"]]
    assert [line for line in sent if line] == [line for line in written if line and line[:2] != "//"]


def test_no_text_in_a_script_spans_lines_which_would_lose_its_indentation():
    for module in MODULES:
        code = re.sub(r"^\s*//.*$", "", module.read_text(), flags=re.MULTILINE)
        assert all(line.count("`") % 2 == 0 for line in code.splitlines()), module


def test_what_admin_pages_need_beside_is_small():
    uplot = STATIC / "vendor" / "uPlot-1.6.32.iife.min.js"
    sizes = {"css": style_bundle("admin"), "js": script_bundle("admin"), "uPlot": uplot.read_bytes()}
    zipped = {name: len(gzip.compress(content)) / KB for name, content in sizes.items()}
    assert zipped["css"] <= 6 and zipped["js"] <= 4 and zipped["uPlot"] <= 24, zipped
