"""Give back what starting needed: small machines run every process of ours side by side."""

import ctypes
import gc
import sys


def give_back_memory() -> None:
    """Collect garbage, keep what is left out of later collections, and return free pages to the system."""
    gc.collect()
    gc.freeze()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it, musl has not
        if trim is not None:
            trim(0)
