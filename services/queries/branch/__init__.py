"""What the counter of a branch reads: its work, requests, visits, members, safety sheets."""
