"""Papers in words: what the sheet says in the reader's language, and the same as a PDF."""
