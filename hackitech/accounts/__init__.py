"""Members, sessions, API tokens, passwords."""
