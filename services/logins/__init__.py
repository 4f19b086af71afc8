"""Logins that the server knows: their beginning and end, devices, and second factors."""
