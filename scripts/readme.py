"""Write the settings table of the README anew: `.venv/bin/python -m scripts.readme`."""

import re

from config import ROOT, settings_table

README = ROOT / "README.md"
PLACE = re.compile(r"(<!-- settings -->\n).*?(\n<!-- /settings -->)", re.DOTALL)


def main() -> None:
    """Replace what stands between the marks."""
    text = README.read_text()
    README.write_text(PLACE.sub(lambda marks: marks[1] + settings_table() + marks[2], text))


if __name__ == "__main__":
    main()
