"""Corridors: which books recognise each other, and how much one may come to owe another."""
