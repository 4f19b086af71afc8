"""Accounts that are carried along: signed statements out, closing statements out and in."""
