"""What administrators steer by: one question to a page, each number with the rows behind it."""
