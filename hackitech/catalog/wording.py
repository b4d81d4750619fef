"""Wording in Liquid: administrators edit it, so nothing in it is trusted.

A template sees the params that it is given and nothing else, can only choose between texts and change
their form, and is bounded in size, depth and time before it runs. No loop, no file, no attribute.
"""

import datetime as dt
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache, lru_cache
from typing import Any, ClassVar

from liquid import BoundTemplate, Environment, RenderContext, StrictUndefined
from liquid.ast import Node
from liquid.builtin.content import Literal
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.builtin.illegal import Illegal
from liquid.builtin.output import Output
from liquid.builtin.tags.assign_tag import AssignTag
from liquid.builtin.tags.case_tag import CaseTag
from liquid.builtin.tags.comment_tag import CommentTag
from liquid.builtin.tags.if_tag import IfTag
from liquid.builtin.tags.unless_tag import UnlessTag
from liquid.exceptions import LiquidError
from liquid.expression import Expression
from liquid.utils import ReadOnlyChainMap

from hackitech.catalog.filters import Moment, filters_for
from hackitech.catalog.hints import suggest
from hackitech.catalog.mistakes import explain, line_of
from hackitech.catalog.remarks import Problem, Remark
from hackitech.core.errors import Invalid
from hackitech.core.i18n import N_

MAX_SOURCE = 10_000
MAX_MARKUP = 500
MAX_BLANKS = 20
MAX_TITLE = 200
TAGS = (AssignTag, CaseTag, CommentTag, IfTag, UnlessTag)
TAG_NAMES = ", ".join(tag.name for tag in TAGS)

_OPENING = re.compile(r"\{[{%]")
_BLANKS = re.compile(rf"\s{{{MAX_BLANKS},}}")
_UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
"""Control characters but the line feed, lone surrogates, and marks that reverse the text around them."""
_BREAKS = re.compile("[ \n\u2028\u2029]+")


class WordingError(Invalid):
    """Wording that cannot be used, by itself or with these params."""

    def __init__(self, problem: Problem) -> None:
        super().__init__({"params": [f"The wording of this type cannot be rendered: {problem}"]})
        self.problem = problem

    def __str__(self) -> str:
        return str(self.problem)


class _Context(RenderContext):
    """Knows neither the library's `now` and `today` nor anything else that was not given."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scope = ReadOnlyChainMap(self.locals, self.globals)


class _Template(BoundTemplate):
    context_class = _Context

    def make_partial_namespace(
        self, partial: bool, render_args: Mapping[str, object]
    ) -> Mapping[str, object]:
        return render_args


class _Environment(Environment):
    """Liquid in one language, cut down to what wording needs."""

    template_class = _Template
    block_nesting_limit: ClassVar[int] = 10
    context_depth_limit: ClassVar[int] = 10
    loop_iteration_limit: ClassVar[int | None] = 100
    local_namespace_limit: ClassVar[int | None] = 20_000
    output_stream_limit: ClassVar[int | None] = 40_000

    def __init__(self, locale: str) -> None:
        self.locale = locale
        super().__init__(undefined=StrictUndefined, strict_filters=True, autoescape=False)

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        for tag in (Literal, Output, Illegal, *TAGS):
            self.add_tag(tag)
        self.filters = filters_for(self.locale)


def check_template(source: str, allowed: Collection[str]) -> list[Problem]:
    """Return what is wrong with a template that may use the variables `allowed`; nothing if it is right."""
    try:
        return list(_strangers(_compile(source, "fr"), source, allowed))
    except WordingError as error:
        return [error.problem]


def render(source: str, params: Mapping[str, Any], locale: str) -> str:
    """Return plain text: `source` filled with `params`; times in words, no control characters.

    Raises:
        WordingError: the template is wrong, asks too much, or uses what is not in `params`.
    """
    template = _compile(source, locale)
    if not _OPENING.search(source):
        return plain(source).strip()
    try:
        text = template.render({name: _shown(value, locale) for name, value in params.items()})
    except Exception as error:  # whatever a hostile template trips in the library is the template's fault
        raise WordingError(explain(error, source, TAG_NAMES)) from None
    return plain(text).strip()


def render_line(source: str, params: Mapping[str, Any], locale: str) -> str:
    """Render as `render` does, on one line and no longer than a title may be."""
    line = _BREAKS.sub(" ", render(source, params, locale))
    return line if len(line) <= MAX_TITLE else line[: MAX_TITLE - 1].rstrip() + "…"


def _compile(source: str, locale: str) -> BoundTemplate:
    template = _prepared(source, locale)
    if isinstance(template, Problem):
        raise WordingError(template)
    return template


@lru_cache(maxsize=512)
def _prepared(source: str, locale: str) -> BoundTemplate | Problem:
    """Return a template, or what is wrong with it: that takes as long to find, so it is kept as well."""
    if problem := next(_oddities(source), None):
        return problem
    try:
        template = _environment(locale).from_string(source)
        problem = next(_excesses(template, source), None)
    except (LiquidError, RecursionError) as error:
        return explain(error, source, TAG_NAMES)
    return problem or template


@cache
def _environment(locale: str) -> _Environment:
    return _Environment(locale)


def _oddities(source: str) -> Iterator[Problem]:
    """Find, in linear time, what the library's lexer would take quadratic time to find."""
    if len(source) > MAX_SOURCE:
        hint = Remark(N_("Write at most %(most)s characters."), most=MAX_SOURCE)
        yield Problem(1, Remark(N_("it is too long")), hint)
        return
    end = 0
    while opening := _OPENING.search(source, end):
        start, closing = opening.end(), "}}" if opening[0] == "{{" else "%}"
        line = line_of(source, opening.start())
        end = source.find(closing, start)
        inside = source[start:end]
        if end < 0 or _OPENING.search(inside):
            hint = Remark(N_("Write %(code)s after it."), code=closing)
            yield Problem(line, Remark(N_("%(code)s is never closed"), code=opening[0]), hint)
            return
        if len(inside) > MAX_MARKUP or _BLANKS.search(inside):
            message = Remark(N_("%(code)s is too long"), code=f"{opening[0]}…{closing}")
            yield Problem(line, message, Remark(N_("Write it shorter, with single spaces.")))
        end += len(closing)


def _excesses(template: BoundTemplate, source: str) -> Iterator[Problem]:
    found = template.analyze()
    filters = _environment("fr").filters
    for name, spans in found.filters.items():
        if name not in filters:
            message = Remark(N_('unknown filter "%(name)s"'), name=name)
            yield Problem(line_of(source, spans[0].index), message, suggest(name, filters))
    for variable in (use for uses in found.variables.values() for use in uses):
        if len(variable.segments) > 1 or not isinstance(variable.segments[0], str):
            line = line_of(source, variable.span.index)
            message = Remark(N_('"%(code)s" looks inside a param'), code=str(variable)[:MAX_MARKUP])
            yield Problem(line, message, Remark(N_("Write the param's name alone.")))
    for expression in _expressions(template.nodes, template):
        if isinstance(expression, RangeLiteral):
            line = line_of(source, expression.token.start_index)
            message = Remark(N_("ranges (a..b) are not possible"))
            yield Problem(line, message, Remark(N_("Write the values that you mean.")))


def _expressions(nodes: Iterable[Node], template: BoundTemplate) -> Iterator[Expression]:
    for node in nodes:
        waiting = list(node.expressions())
        while waiting:
            expression = waiting.pop()
            yield expression
            waiting.extend(expression.children())
        yield from _expressions(node.children(RenderContext(template)), template)


def _strangers(template: BoundTemplate, source: str, allowed: Collection[str]) -> Iterator[Problem]:
    for name, uses in template.analyze().globals.items():
        if name not in allowed:
            line = line_of(source, uses[0].span.index)
            message = Remark(N_('"%(name)s" is not a param of this type'), name=name)
            yield Problem(line, message, suggest(name, allowed))


def plain(text: str) -> str:
    """Return `text` without what cannot be seen: control characters but the line feed, reversing marks."""
    return _UNSEEN.sub("", text.replace("\t", " "))


def _shown(value: Any, locale: str) -> Any:
    if isinstance(value, str):
        return plain(value)
    return Moment(value, locale) if isinstance(value, dt.datetime) else value
