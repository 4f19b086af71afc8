"""What those who administer a region or the nation read."""
