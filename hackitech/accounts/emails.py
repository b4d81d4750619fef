"""Email addresses as members type them, in the one form that is stored."""

from email_validator import EmailNotValidError, validate_email


def canonical_email(text: str) -> str:
    """Return an address in lower case and ASCII, its domain as DNS knows it.

    Nobody is asked whether the domain exists, and one of an intranet will do.

    Raises:
        ValueError: not an address that mail can be sent to; the text says why.
    """
    try:
        valid = validate_email(
            text.strip(), check_deliverability=False, globally_deliverable=False, allow_smtputf8=False
        )
    except EmailNotValidError as error:
        raise ValueError(str(error)) from None
    address = (valid.ascii_email or "").lower()
    if "." not in valid.ascii_domain or len(address) > 254:
        raise ValueError("The part after the @-sign is not a domain.")
    return address
