"""Who we are to push services (RFC 8292): one key pair for the whole site."""

import base64
import contextlib
import os
import secrets
import time
from email.utils import parseaddr
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask import current_app
from py_vapid import Vapid02

VALID_FOR = 12 * 3600
KEY_BYTES = 32
"""Seconds; a push service accepts a day at the most, and our clocks may differ."""


def vapid_public_key() -> str:
    """Return the key that browsers subscribe with: an uncompressed point in base64url."""
    point = (
        _key()
        .public_key()
        .public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    )
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def authorization(origin: str) -> str:
    """Return the header that tells the push service at `origin` who is sending."""
    claims = {"aud": origin, "sub": _subject(), "exp": int(time.time()) + VALID_FOR}
    return str(Vapid02(_key()).sign(claims)["Authorization"])


def _subject() -> str:
    config = current_app.config
    if config["VAPID_SUBJECT"]:
        return str(config["VAPID_SUBJECT"])
    site = urlsplit(config["PUBLIC_URL"])
    return (
        f"https://{site.hostname}"
        if site.scheme == "https"
        else f"mailto:{parseaddr(config['MAIL_FROM'])[1]}"
    )


def _key() -> ec.EllipticCurvePrivateKey:
    config = current_app.config
    return _load(config["VAPID_PRIVATE_KEY"], Path(config["INSTANCE"]) / "vapid_private.pem")


@cache
def _load(setting: str, file: Path) -> ec.EllipticCurvePrivateKey:
    text = setting or _read_or_make(file)
    if "-----BEGIN" in text:
        # A PEM in an environment variable often has its line breaks written out.
        key = serialization.load_pem_private_key(text.replace("\\n", "\n").encode(), password=None)
    else:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        if len(raw) != KEY_BYTES:
            raise ValueError("VAPID_PRIVATE_KEY is neither PEM nor 32 bytes in base64url")
        key = ec.derive_private_key(int.from_bytes(raw), ec.SECP256R1())
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("VAPID_PRIVATE_KEY is not a P-256 key")
    return key


def _read_or_make(file: Path) -> str:
    """Return the key in `file`; of two processes that make one at the same time, the first wins for both."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
        try:
            with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as private:
                private.write(_new_pem())
            with contextlib.suppress(FileExistsError):
                os.link(unfinished, file)
        finally:
            unfinished.unlink(missing_ok=True)
    return file.read_text()


def _new_pem() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
