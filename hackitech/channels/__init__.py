"""One file per channel: who can be reached, and how to send."""
