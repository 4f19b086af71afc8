"""A book's tree as the tables keep it: any full node from at most 256 rows a band."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.seals import BlockLeaf, TreeNode
from services.ledger.merkle import BAND, node_hash

#: Nodes of one band that lie under one node of the next.
GROUP = 1 << BAND


class NodeMissing(LookupError):
    """A leaf or node that must be there is not: the tree has been tampered with."""


class TableTree:
    """Reads nodes of one book; what it read is kept for the next proof of the same session."""

    def __init__(self, session: Session, book: str) -> None:
        self._session = session
        self._book = book
        self._groups: dict[tuple[int, int], dict[int, bytes]] = {}

    def full(self, level: int, position: int) -> bytes:
        """The hash of a full node; NodeMissing when the rows under it are not all there."""
        rest = level % BAND
        base = level - rest
        first = position << rest
        kept = self._group(base, first // GROUP)
        try:
            row = [kept[place] for place in range(first, first + (1 << rest))]
        except KeyError:
            raise NodeMissing(f"{self._book} {level} {position}") from None
        while len(row) > 1:
            row = [node_hash(*pair) for pair in zip(row[::2], row[1::2], strict=True)]
        return row[0]

    def _group(self, base: int, group: int) -> dict[int, bytes]:
        if (base, group) not in self._groups:
            low, high = group * GROUP, (group + 1) * GROUP
            statement = _leaves(self._book) if base == 0 else _nodes(self._book, base)
            place = statement.selected_columns[0]
            found = self._session.execute(statement.where(place >= low, place < high))
            self._groups[base, group] = {row[0]: bytes.fromhex(row[1]) for row in found}
        return self._groups[base, group]


def _leaves(book: str) -> sa.Select[int, str]:
    return sa.select(BlockLeaf.position, BlockLeaf.leaf_hash).where(BlockLeaf.book == book)


def _nodes(book: str, level: int) -> sa.Select[int, str]:
    return sa.select(TreeNode.position, TreeNode.node_hash).where(
        TreeNode.book == book, TreeNode.level == level
    )
