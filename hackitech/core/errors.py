"""The errors that use cases raise; `core/problems.py` and the pages turn them into HTTP."""

from collections.abc import Mapping, Sequence

FieldErrors = Mapping[str, Sequence[str]]


class AppError(Exception):
    """Something the caller should be told; `status` is the HTTP status it becomes."""

    status = 500
    title = "Internal error"

    def __init__(self, detail: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.retry_after = retry_after


class NotFound(AppError):
    """Unknown, or someone else's: deliberately the same answer."""

    status = 404
    title = "Not found"


class Unauthenticated(AppError):
    status = 401
    title = "Authentication required"


class Forbidden(AppError):
    """The caller is known, but lacks a role, a scope or the CSRF proof."""

    status = 403
    title = "Forbidden"


class Conflict(AppError):
    status = 409
    title = "Conflict"


class PreconditionFailed(AppError):
    """The If-Match header names a version that is no longer the current one."""

    status = 412
    title = "The resource has changed"


class UnsupportedMediaType(AppError):
    status = 415
    title = "The body must be application/json"


class Malformed(AppError):
    """The body is not JSON at all."""

    status = 400
    title = "Malformed request"


class Invalid(AppError):
    """The input is well formed and wrong; `errors` maps a field's dotted path to its messages."""

    status = 422
    title = "Invalid input"

    def __init__(self, errors: FieldErrors | str) -> None:
        self.errors: dict[str, list[str]] = (
            {} if isinstance(errors, str) else {field: list(texts) for field, texts in errors.items()}
        )
        super().__init__(errors if isinstance(errors, str) else "See errors, by field.")


class TooManyRequests(AppError):
    status = 429
    title = "Too many requests"


class NotYetAvailable(AppError):
    """The contract names it, this version does not do it: refused rather than ignored."""

    status = 501
    title = "Not available yet"


class Unavailable(AppError):
    """A part that the request needs (the database) does not answer; trying again may help."""

    status = 503
    title = "Temporarily unavailable"
