"""Random kills for some minutes: `make chaos`."""
