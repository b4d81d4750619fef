"""The one form of an address."""

import pytest

from hackitech.accounts.emails import canonical_email


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (" Ana@Example.ORG ", "ana@example.org"),
        ("ana@exämple.org", "ana@xn--exmple-cua.org"),
        ("ana+tag@team.local", "ana+tag@team.local"),
        ("ana@school.test", "ana@school.test"),
    ],
)
def test_an_address_has_one_form(typed: str, stored: str) -> None:
    assert canonical_email(typed) == stored


@pytest.mark.parametrize(
    "typed",
    ["", "ana", "ana@", "ana@localhost", "a b@example.org", "ana@example.org\nBcc: x@y.org",
     "an\x00a@example.org", "jörg@example.org", "a" * 250 + "@example.org", "ana@[127.0.0.1]"],
)  # fmt: skip
def test_what_mail_cannot_be_sent_to_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        canonical_email(typed)
