"""What a run prints: one line at a time, each with the name of the part that said it."""

import os
import select
import sys

# A pipe takes this much in one piece; select() says "writable" only when so much fits.
PIECE = 4096
PATIENCE = 0.5
OWN_NAME = "notifi"


def say(text: str = "", name: str = OWN_NAME) -> None:
    """Print one line under the name of a part."""
    put(f"{name:<8} | {text}".rstrip() + "\n")


def put(text: str) -> None:
    """Write to the standard output, and rather lose text than wait for a reader that stopped reading."""
    data = text.encode(errors="replace")
    for start in range(0, len(data), PIECE):
        try:
            _, writable, _ = select.select([], [sys.stdout], [], PATIENCE)
            if writable:
                os.write(sys.stdout.fileno(), data[start : start + PIECE])
        except (OSError, ValueError):  # the reader is gone; the parts go on
            return
