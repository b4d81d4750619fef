"""The outbox: relay what is due, send it, record what happened."""
