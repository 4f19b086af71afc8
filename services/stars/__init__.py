"""Stars for hours actually served: proposed, published, granted, and taken back."""
