"""Which kinds of device push reaches, and what a process loads for it."""

import subprocess
import sys

import pytest
from flask import Flask

from config import ROOT
from hackitech.channels.base import Technical
from hackitech.channels.transports import available_kinds, check_transports

APPLE = dict.fromkeys(["APNS_KEY", "APNS_KEY_ID", "APNS_TEAM_ID", "APNS_TOPIC"], "x")


@pytest.mark.parametrize(
    ("settings", "kinds"),
    [
        ({}, ["webpush"]),
        ({"FCM_CREDENTIALS": "{}"}, ["webpush", "fcm"]),
        (APPLE, ["webpush", "apns"]),
        (APPLE | {"APNS_TOPIC": ""}, ["webpush"]),
    ],
)
def test_a_kind_is_reached_where_all_its_settings_are_there(
    channel_app: Flask, settings: dict[str, str], kinds: list[str]
):
    channel_app.config.update(settings)
    assert available_kinds() == kinds


def test_settings_that_are_there_in_part_are_named(channel_app: Flask):
    channel_app.config.update(APPLE, APNS_TOPIC="")
    with pytest.raises(Technical, match="APNS_TOPIC is missing"):
        check_transports()


@pytest.mark.sqlite_only
def test_no_process_holds_the_libraries_of_phones_before_it_sends_to_one():
    program = "import sys, hackitech.app, hackitech.clock; print({'google', 'httpx', 'jwt'} & {*sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert loaded.stdout == "set()\n", loaded.stderr
