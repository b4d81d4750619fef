"""The mail of a local run, as the development mail server caught it, to be read in a browser."""
