"""Carriers: what brings a notice from the outbox to a mailbox, a telephone or a chat."""
