"""Coins that one member gives to another: only own earned ones, and with time to think again."""
