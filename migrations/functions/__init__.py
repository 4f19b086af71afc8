"""PostgreSQL functions and triggers, one file for the migration that brings them."""
