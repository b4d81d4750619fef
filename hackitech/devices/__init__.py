"""Browsers and phones that receive push."""
