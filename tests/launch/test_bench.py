"""`make bench`, for a moment and one small mailbox: what a newcomer gets who has set nothing."""

import os
import re
import subprocess
import sys

from config import ROOT
from tests.launch.runs import FOREIGN

TIMED = ("list", "deep page", "unread count", "create", "mark as read")


def test_it_times_every_kind_of_request_on_both_databases() -> None:
    command = [sys.executable, "-m", "bench", "requests", "--rounds=2", "--sizes", "100"]
    environment = {name: os.environ[name] for name in os.environ.keys() - FOREIGN}

    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)

    assert run.returncode == 0, run.stdout + run.stderr
    tables = run.stdout.split(" filling mailboxes of ")[1:]
    rows = [re.findall(r"^  (\w.*?) +\d+\.\d+ ms +\d+\.\d +1\.00$", table, re.MULTILINE) for table in tables]
    assert rows == [list(TIMED)] * 2, run.stdout
