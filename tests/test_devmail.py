"""The development mail catcher, over real SMTP."""

import smtplib
import subprocess
import sys
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from config import ROOT
from hackitech.supervisor.probes import free_port, mail_answers
from tests.services import wait_until

pytestmark = pytest.mark.sqlite_only
SENDER = "notifications@hackitech.example"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mail"


@pytest.fixture
def connect(folder: Path) -> Iterator[Callable[[], smtplib.SMTP]]:
    port = free_port()
    options = ["--port", str(port), "--folder", str(folder), "--keep", "3"]
    process = subprocess.Popen([sys.executable, "-m", "hackitech.devmail", *options], cwd=ROOT)
    wait_until(lambda: mail_answers(port))
    yield lambda: smtplib.SMTP("127.0.0.1", port)
    process.terminate()
    assert process.wait(10) == 0


def mail(subject: str = "Bonjour") -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = SENDER
    message.set_content("À tout à l'heure.\n.\nUne ligne d'un point ci-dessus.\n")
    return message


def kept(folder: Path) -> list[EmailMessage]:
    paths = sorted(folder.glob("*.eml"))
    messages = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths]
    return [message for message in messages if isinstance(message, EmailMessage)]


def test_a_message_is_kept_with_its_envelope(connect: Callable[[], smtplib.SMTP], folder: Path) -> None:
    with connect() as client:
        client.send_message(mail(), SENDER, ["ada@hackitech.example", "bob@hackitech.example"])
    [message] = kept(folder)
    assert message["X-Envelope-From"] == SENDER
    assert message.get_all("X-Envelope-To") == ["ada@hackitech.example", "bob@hackitech.example"]
    assert message["Subject"] == "Bonjour"
    assert message.get_content().splitlines()[1] == "."


def test_one_connection_takes_many_messages_and_the_newest_are_kept(
    connect: Callable[[], smtplib.SMTP], folder: Path
) -> None:
    with connect() as client:
        for number in range(5):
            client.send_message(mail(f"number {number}"), SENDER, ["ada@hackitech.example"])
    assert [message["Subject"] for message in kept(folder)] == ["number 2", "number 3", "number 4"]
    assert not list(folder.glob("*.new"))


def test_addresses_simulate_failures_for_themselves_alone(
    connect: Callable[[], smtplib.SMTP], folder: Path
) -> None:
    recipients = ["ada@hackitech.example", "temp-fail@hackitech.example", "perm-fail@hackitech.example"]
    with connect() as client:
        refused = client.send_message(mail(), SENDER, recipients)
    assert {address: code for address, (code, _) in refused.items()} == {
        "temp-fail@hackitech.example": 451,
        "perm-fail@hackitech.example": 550,
    }
    assert [message.get_all("X-Envelope-To") for message in kept(folder)] == [["ada@hackitech.example"]]
