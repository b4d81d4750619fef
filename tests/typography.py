"""How French is set: what a proof-reader would mark."""

import re

WRONG_IN_FRENCH = re.compile(
    "(?<![\u202f?!])[;?!]"  # a narrow space before ; ? !
    "|(?<![\u00a0\\d]):"  # a space that does not break before a colon, but in times of day
    "|«(?!\u202f)|(?<!\u202f)»"  # narrow spaces inside « »
    r"|['\"“”]|\.\.\."  # typographic apostrophes, French quotes, one character for …
)
