"""The tests: everything that `make test` runs."""
