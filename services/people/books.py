"""Which books hold rows about a member: the home book, where served away, and where from moved.

Reading by these few books keeps a statement on the nodes that have something to say.
"""

from __future__ import annotations

from models.people import Member


def books_of(member: Member) -> tuple[str, ...]:
    """Every book with rows about a member, the home book first."""
    return (member.home_book, *member.other_books)


def remember_book(member: Member, book: str) -> None:
    """Note that a further book holds rows about a member; call under the lock of the row."""
    if book not in books_of(member):
        member.other_books = [*member.other_books, book]
