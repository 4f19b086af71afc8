"""Asking for help: from the elder's wish to an open request, and how it ends."""
