"""Papers with a public check code: issued with the act they are about, shown again word by word."""
