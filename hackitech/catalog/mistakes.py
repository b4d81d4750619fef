"""Turn what the Liquid library raises into problems that the author of a template understands."""

import re
from typing import NamedTuple

from liquid.token import TOKEN_EOF

from hackitech.catalog.remarks import Problem, Remark
from hackitech.core.i18n import N_

_BLOCK = re.compile(r"\{%-?\s*(end)?(case|comment|if|unless)\b")
_TAG = re.compile(r"unexpected tag '(\w{1,40})'")
_UNDEFINED = re.compile(r"'(\w{1,40})' is undefined")
LONGEST_QUOTE = 40
GENERAL_ADVICE = Remark(
    N_("Write %(param)s or %(block)s."), param="{{ param }}", block="{% if param %}…{% endif %}"
)
SIMPLER = Remark(N_("Write something simpler."))


class _Known(NamedTuple):
    """What to say where the library's message holds `sign`."""

    sign: str
    message: Remark
    hint: Remark = GENERAL_ADVICE


KNOWN = (
    _Known("limit reached", Remark(N_("it asks for too much")), SIMPLER),
    _Known("found end of expression", Remark(N_("something is missing before the end of the braces"))),
    _Known("positional argument", Remark(N_("a filter is given too much or too little"))),
    _Known("missing", Remark(N_("something is missing between the braces"))),
    _Known(
        "comment tag", Remark(N_("%(code)s is never closed"), code="{% comment %}"),
        Remark(N_("Write %(code)s after it."), code="{% endcomment %}"),
    ),
)  # fmt: skip


def explain(error: BaseException, source: str, tags: str) -> Problem:
    """Return what was wrong with `source`; `tags` names those that there are."""
    token = getattr(error, "token", None)
    if token and token.kind == TOKEN_EOF and (block := _open_block(source)):
        message = Remark(N_("%(code)s is never closed"), code=f"{{% {block[2]} %}}")
        hint = Remark(N_("Write %(code)s after it."), code=f"{{% end{block[2]} %}}")
        return Problem(line_of(source, block.start()), message, hint)
    line = line_of(source, token.start_index) if token else 1
    said = getattr(error, "message", None)
    if isinstance(said, Remark):
        return Problem(line, said, GENERAL_ADVICE)
    text = str(said or "")
    if tag := _TAG.search(text):
        hint = Remark(N_("Write one of: %(words)s, each with its end."), words=tags)
        return Problem(line, Remark(N_("unexpected tag '%(tag)s'"), tag=tag[1]), hint)
    if name := _UNDEFINED.search(text):
        hint = Remark(N_("Write only params of this type."))
        return Problem(line, Remark(N_('"%(name)s" is not known here'), name=name[1]), hint)
    known = next((known for known in KNOWN if known.sign in text), None)
    return (
        Problem(line, known.message, known.hint) if known else Problem(line, _strange(token), GENERAL_ADVICE)
    )


def line_of(source: str, index: int) -> int:
    """Return the line, from 1, of a place in a template."""
    return source.count("\n", 0, max(index, 0)) + 1


def _strange(token: object) -> Remark:
    code = str(getattr(token, "value", "") or "").strip()
    if code:
        return Remark(N_('"%(code)s" is not expected here'), code=code[:LONGEST_QUOTE])
    return Remark(N_("it is too complicated"))


def _open_block(source: str) -> re.Match[str] | None:
    blocks: list[re.Match[str]] = []
    for tag in _BLOCK.finditer(source):
        if not tag[1]:
            blocks.append(tag)
        elif blocks:
            blocks.pop()
    return blocks[-1] if blocks else None
