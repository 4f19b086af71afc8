"""Work sheets: something to be done by somebody until a day, and how it ended."""
