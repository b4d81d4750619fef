"""Run a program in `.venv`: `python3 scripts/bootstrap.py [--dev] ARGUMENTS` is `.venv/bin/python ARGUMENTS`.

What is here parses on any Python, to be able to say that it is too old.
"""

import sys

if sys.version_info < (3, 11):
    sys.exit(
        "Python 3.11 or newer is needed, %s is %s. With another one: make run PYTHON=python3.13"
        % (sys.executable, sys.version.split()[0])
    )

sys.dont_write_bytecode = True  # a run writes in .venv and in instance/ alone

from environment import main  # noqa: E402

main(sys.argv[1:])
