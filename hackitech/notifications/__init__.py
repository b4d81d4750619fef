"""Create, list, read, snooze, archive and explain notifications."""
