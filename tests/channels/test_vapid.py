"""The site's own key pair for push services."""

import base64
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from py_vapid import Vapid02
from py_vapid.jwt import decode

from hackitech.channels.vapid import authorization, vapid_public_key

ROOT = Path(__file__).resolve().parents[2]


def key_file(app: Flask) -> Path:
    return Path(app.config["INSTANCE"]) / "vapid_private.pem"


def pem(curve: ec.EllipticCurve) -> str:
    private = ec.generate_private_key(curve)
    return private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def test_the_key_is_made_once_and_only_its_owner_reads_it(channel_app: Flask):
    first = vapid_public_key()
    assert vapid_public_key() == first
    assert stat.S_IMODE(key_file(channel_app).stat().st_mode) == 0o600
    assert [file.name for file in key_file(channel_app).parent.iterdir()] == ["vapid_private.pem"]


def test_the_public_key_is_an_uncompressed_point(channel_app: Flask):
    point = base64.urlsafe_b64decode(vapid_public_key() + "=")
    assert len(point) == 65 and point[0] == 4


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path):
    program = (
        "import sys; from pathlib import Path; from hackitech.channels.vapid import _read_or_make;"
        "sys.stdin.read(1); print(hash(_read_or_make(Path(sys.argv[1]))))"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path / "key.pem")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={"PYTHONHASHSEED": "0"},
        )
        for _ in range(3)
    ]
    answers = {process.communicate(b"x", timeout=60)[0] for process in processes}
    assert len(answers) == 1 and answers != {b""}


@pytest.mark.parametrize("written", [lambda text: text, lambda text: text.replace("\n", "\\n")])
def test_a_key_from_the_settings_is_taken_as_pem(channel_app: Flask, written):
    channel_app.config["VAPID_PRIVATE_KEY"] = written(pem(ec.SECP256R1()))
    assert len(vapid_public_key()) == 87
    assert not key_file(channel_app).exists()


def test_a_key_from_the_settings_is_taken_as_base64url(channel_app: Flask):
    private = ec.generate_private_key(ec.SECP256R1())
    raw = private.private_numbers().private_value.to_bytes(32)
    channel_app.config["VAPID_PRIVATE_KEY"] = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    point = private.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    assert base64.urlsafe_b64decode(vapid_public_key() + "=") == point


@pytest.mark.parametrize("key", [pem(ec.SECP384R1()), "c2hvcnQ", "not base64 at all"])
def test_a_key_of_another_kind_is_refused(channel_app: Flask, key: str):
    channel_app.config["VAPID_PRIVATE_KEY"] = key
    with pytest.raises(ValueError, match="VAPID_PRIVATE_KEY"):
        vapid_public_key()


@pytest.mark.parametrize(
    ("settings", "subject"),
    [
        ({"VAPID_SUBJECT": "mailto:ops@hackitech.example"}, "mailto:ops@hackitech.example"),
        ({"PUBLIC_URL": "https://notifi.example:8443"}, "https://notifi.example"),
        ({"PUBLIC_URL": "http://127.0.0.1:5000"}, "mailto:notifications@hackitech.example"),
    ],
)
def test_push_services_learn_whom_to_write_to(channel_app: Flask, settings: dict[str, str], subject: str):
    channel_app.config.update(settings)
    header = authorization("https://push.example")
    assert Vapid02.verify(header)
    parts = dict(part.split("=", 1) for part in header.removeprefix("vapid ").split(","))
    assert decode(parts["t"], parts["k"])["sub"] == subject
