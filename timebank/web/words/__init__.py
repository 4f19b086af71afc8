"""Words for the codes of each subject, the same on every face."""
