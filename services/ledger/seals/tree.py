"""A book's tree as the tables keep it: any full node from at most 256 rows a band."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.audit_seals import AuditLeaf, AuditNode
from models.seals import BlockLeaf, TreeNode
from services.ledger.seals.merkle import BAND, node_hash

#: Nodes of one band that lie under one node of the next.
GROUP = 1 << BAND


class NodeMissing(LookupError):
    """A leaf or node that must be there is not: the tree has been tampered with."""


class TableTree:
    """Reads nodes of one book; what it read is kept for the next proof of the same session."""

    #: Tables of the leaves and of the kept nodes.
    leaves: type[BlockLeaf | AuditLeaf] = BlockLeaf
    nodes: type[TreeNode | AuditNode] = TreeNode

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
            statement = self._leaves() if base == 0 else self._nodes(base)
            place = statement.selected_columns[0]
            found = self._session.execute(statement.where(place >= low, place < high))
            self._groups[base, group] = {row[0]: bytes.fromhex(row[1]) for row in found}
        return self._groups[base, group]

    def _leaves(self) -> sa.Select[int, str]:
        leaf = self.leaves
        return sa.select(leaf.position, leaf.leaf_hash).where(leaf.book == self._book)

    def _nodes(self, level: int) -> sa.Select[int, str]:
        node = self.nodes
        return sa.select(node.position, node.node_hash).where(
            node.book == self._book, node.level == level
        )


class AuditTree(TableTree):
    """The tree of a book's audit records."""

    leaves = AuditLeaf
    nodes = AuditNode
