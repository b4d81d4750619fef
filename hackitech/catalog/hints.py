"""What to write instead of a word that is not known."""

import difflib
from collections.abc import Collection

from hackitech.catalog.remarks import Remark
from hackitech.core.i18n import N_


def suggest(word: str, options: Collection[str]) -> Remark:
    """Say what to write instead of `word`: all the options if they are few, else the closest."""
    close = difflib.get_close_matches(word, options, n=1)
    if close and len(options) > 6:
        return Remark(N_('Did you mean "%(word)s"?'), word=close[0])
    if options:
        return Remark(N_("Write one of: %(words)s."), words=", ".join(options))
    return Remark(N_("Remove it: none is possible here."))
