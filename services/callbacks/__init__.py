"""Call-backs: a list closed first, a draw that nobody steers, calls, and what follows from them."""
