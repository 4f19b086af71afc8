"""Flags: looked for book by book, decided by people, and shown with what is behind them."""
