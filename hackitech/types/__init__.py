"""Types of notification as administrators change them: defaults, types without code, versions of wording."""
