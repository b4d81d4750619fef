"""Topics, who follows them, and muting, of a topic or of one thing."""
