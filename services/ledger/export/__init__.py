"""The whole ledger as text, for programs and people outside. Nothing is imported here."""
