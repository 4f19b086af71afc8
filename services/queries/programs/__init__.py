"""What programs read for somebody: the same facts as the pages, in lists that can be walked."""
