"""Seals as the running product makes them and hands them out."""
