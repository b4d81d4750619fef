"""One table per file; the schema as the migrations build it."""
