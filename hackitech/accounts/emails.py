"""Email addresses as members type them, in the one form that is stored."""

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

# Intranets have such domains (.local, .test); whether mail gets there is for the mail server to say.
SPECIAL_USE_DOMAIN_NAMES.clear()


def canonical_email(text: str) -> str:
    """Return an address in lower case and ASCII, its domain as DNS knows it; nobody is asked if it exists.

    Raises:
        ValueError: not an address that mail can be sent to; the text says why.
    """
    try:
        valid = validate_email(text.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise ValueError(str(error)) from None
    return (valid.ascii_email or "").lower()
