"""What is due, what has run, and what is tried again: the job process's own records."""
