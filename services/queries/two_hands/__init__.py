"""Pages about what two people sign: entries by hand, and postings that are taken back."""
