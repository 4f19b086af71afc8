"""Certificates of volunteer service: free, for a period, and checked by anybody."""
