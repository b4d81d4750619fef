"""Topics, who follows them, and muting."""
