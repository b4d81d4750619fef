"""What commands share."""

import click

from hackitech.core.errors import AppError, Invalid


def explain(error: AppError) -> click.ClickException:
    """Turn a refusal into what a command prints on standard error: a line for each field."""
    lines = []
    if isinstance(error, Invalid):
        lines = [f"{field}: {text}" for field, texts in error.errors.items() for text in texts]
    return click.ClickException("\n".join(lines) or error.detail or error.title)
