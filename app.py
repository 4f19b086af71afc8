"""The door: ``flask --app app …`` and any WSGI server find the product here."""

from timebank import create_app

app = create_app()
