"""Ground floor: what every other package stands on; knows nothing of notifications."""
