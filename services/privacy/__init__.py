"""What is kept about people, why and how long; their rights over it; the keys that seal it."""
