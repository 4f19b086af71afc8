"""Complaints: what somebody says went wrong, the other side heard, decided, appealed once."""
