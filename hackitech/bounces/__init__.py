"""What the mail provider reports after it accepted an email, and the addresses that this suppressed."""
