"""Messages that organisers compose: written in steps, checked, sent once."""
