"""Asking people for a request: in waves, within hours and caps, until somebody says yes."""
