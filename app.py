"""The door: ``flask --app app …`` and any WSGI server find the product here."""

from timebank import create_app, logs

app = create_app()
logs.configure(app.extensions["timebank"].settings)
