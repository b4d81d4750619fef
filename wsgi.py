"""The entry point of WSGI servers and of the `flask` command."""

from hackitech.app import create_app

app = create_app()
