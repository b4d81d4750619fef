"""The catalogue: one file per type of notification, its wording, and its copy in the database."""
