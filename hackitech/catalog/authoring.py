"""Whether what an administrator writes can be a type: the rules that files keep, told field by field."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from hackitech.catalog.categories import CATEGORIES
from hackitech.catalog.definitions import (
    PARAM_TYPES,
    ByLocale,
    ChannelDefault,
    Defaults,
    ParamDefinition,
    TypeDefinition,
    Wording,
)
from hackitech.catalog.names import is_param_name
from hackitech.catalog.params import check_value
from hackitech.catalog.remarks import Problem, Remark
from hackitech.catalog.rendering import ACTOR, render_text, trials, wording_values
from hackitech.catalog.wording import WordingError, check_template
from hackitech.core.errors import Invalid
from hackitech.core.i18n import LOCALES, N_
from hackitech.models.event import PRIORITIES
from hackitech.models.notification import IN_APP

LONGEST_LABEL, LONGEST_TEXT = 100, 300
LONGEST_RETENTION = 3650
"""Days."""
LONGEST_WAIT = 30 * 86400
MOST_PARAMS = 20
REQUIRED_TEXTS = ("title", "message")

Complaint = tuple[str, str]
"""The path of a field, and what is wrong with it."""
Problems = Mapping[str, Sequence[Problem]]
"""What is wrong in the texts of a wording, by the name of the text."""


class UnfitWording(Invalid):
    """Wording that cannot be published; `problems` tells for each text what is wrong and at which line."""

    def __init__(self, problems: Problems) -> None:
        super().__init__({name: list(map(str, found)) for name, found in problems.items()})
        self.problems = problems


def refuse(complaints: Iterator[Complaint]) -> None:
    """Raise all complaints at once, where there are any.

    Raises:
        Invalid: under the paths of the fields.
    """
    errors: dict[str, list[str]] = {}
    for path, text in complaints:
        errors.setdefault(path, []).append(text)
    if errors:
        raise Invalid(errors)


def defaults_complaints(defaults: Defaults, channels: Collection[str]) -> Iterator[Complaint]:
    """Yield what is wrong with a type's defaults, of which every channel must have some."""
    yield from _texts("label", defaults.label, LONGEST_LABEL)
    yield from _texts("description", defaults.description, LONGEST_TEXT)
    if defaults.category not in CATEGORIES:
        yield "category", N_("Choose one of the categories.")
    if defaults.priority not in PRIORITIES:
        yield "priority", N_("Choose one of the priorities.")
    if not 1 <= defaults.retention_days <= LONGEST_RETENTION:
        text = N_("Write a number of days from 1 to %(most)s.")
        yield "retention_days", Remark(text, most=LONGEST_RETENTION)
    for channel in channels:
        yield from _channel(channel, defaults.channels[channel])


def _channel(channel: str, default: ChannelDefault) -> Iterator[Complaint]:
    path = f"channels.{channel}"
    if default.mandatory:
        if not default.enabled:
            yield f"{path}.mandatory", N_("What is mandatory must be on.")
        yield from _texts(f"{path}.reason", default.reason or {}, LONGEST_TEXT)
    wait = default.escalate_after
    if wait is None:
        return
    if default.mandatory or channel == IN_APP:
        yield f"{path}.escalate_after", N_("Only what is neither mandatory nor the inbox can wait.")
    elif not 0 < wait <= LONGEST_WAIT:
        yield f"{path}.escalate_after", N_("Write a time of at most 30 days, or leave it empty.")


def param_complaints(params: Sequence[ParamDefinition]) -> Iterator[Complaint]:
    """Yield what is wrong with the params of a type; each is named by its place."""
    if len(params) > MOST_PARAMS:
        yield "params", Remark(N_("At most %(most)s params."), most=MOST_PARAMS)
    seen: set[str] = set()
    for place, param in enumerate(params):
        path = f"params.{place}"
        if not is_param_name(param.name):
            yield f"{path}.name", N_("Write a name in small letters, digits and _, such as room_name.")
        elif param.name in seen:
            yield f"{path}.name", N_("Two params have this name.")
        seen.add(param.name)
        yield from _texts(f"{path}.label", param.label, LONGEST_LABEL)
        yield from _example(path, param)


def _example(path: str, param: ParamDefinition) -> Iterator[Complaint]:
    if param.type not in PARAM_TYPES:
        yield f"{path}.type", N_("Choose one of the types.")
        return
    try:
        fits = check_value(param, param.example) is not None
    except ValueError:
        fits = False
    if not fits:
        yield f"{path}.example", N_("Write an example that is of this type: previews show it.")


def wording_problems(definition: TypeDefinition, wording: Wording, locale: str) -> Problems:
    """Return what is wrong with a wording, its templates and what they say of the examples."""
    problems: dict[str, Sequence[Problem]] = {
        name: [Problem(1, Remark(N_("it is empty")), Remark(N_("Write its text.")))]
        for name in REQUIRED_TEXTS
        if not getattr(wording, name).strip()
    }
    allowed = (*definition.params, ACTOR)
    for name, source in wording.texts():
        found = check_template(source, allowed) or list(_trial(definition, name, source, locale))
        if found and name not in problems:
            problems[name] = found
    return problems


def _trial(definition: TypeDefinition, name: str, source: str, locale: str) -> Iterator[Problem]:
    """Render with what senders may give, little and much, so that none of them finds out first."""
    for params, actor in trials(definition):
        try:
            said = render_text(name, source, wording_values(definition, params, actor), locale)
        except WordingError as error:
            yield error.problem
            return
        if not said and name in REQUIRED_TEXTS:
            message = Remark(N_("it says nothing where only what is required is given"))
            yield Problem(1, message, Remark(N_("Write some text outside of the conditions.")))
            return


def _texts(path: str, texts: ByLocale, longest: int) -> Iterator[Complaint]:
    for locale in LOCALES:
        if not 1 <= len(texts.get(locale, "").strip()) <= longest:
            yield f"{path}.{locale}", Remark(N_("Write 1 to %(most)s characters."), most=longest)
