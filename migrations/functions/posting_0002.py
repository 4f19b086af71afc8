"""One call for a posting, and triggers that prove more for less.

``timebank_post`` does what ``services.ledger.decide`` specifies, for a single transfer, in one
round trip. It refuses with a code, never with an error. What it cannot decide on the rows that it
has locked (a slot that ran dry, a hold that has run out) it leaves to its caller: ``wide``.
"""

from __future__ import annotations

from alembic import op

#: One check a statement, over all of its new rows: balanced, two legs or more, known accounts,
#: and a transfer that came in the same statement (what stands already takes no further leg).
ENTRIES = """
CREATE OR REPLACE FUNCTION timebank_entries_balance() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  -- Scalar subqueries: whatever the planner believed when the tables were empty, each is one
  -- look at an index.
  IF EXISTS (
    SELECT 1 FROM fresh f GROUP BY f.book, f.transfer_id
    HAVING sum(f.amount_minutes) <> 0 OR count(*) < 2
      OR count(*) <> count(
        (SELECT a.slots FROM accounts a WHERE a.book = f.book AND a.id = f.account_id))
      OR count(*) <> (
        SELECT count(*) FROM entries e WHERE e.book = f.book AND e.transfer_id = f.transfer_id)
      OR (SELECT t.kind FROM transfers t WHERE t.book = f.book AND t.id = f.transfer_id) IS NULL
  ) THEN
    RAISE EXCEPTION 'transfer_not_balanced' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$
"""

#: As migration 0001 had it.
ENTRIES_BEFORE = """
CREATE OR REPLACE FUNCTION timebank_entries_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM fresh GROUP BY book, transfer_id
    HAVING sum(amount_minutes) <> 0 OR count(*) < 2
  ) THEN
    RAISE EXCEPTION 'transfer_not_balanced' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF EXISTS (
    SELECT 1 FROM fresh f LEFT JOIN accounts a ON a.book = f.book AND a.id = f.account_id
    WHERE a.id IS NULL
  ) THEN
    RAISE EXCEPTION 'account_unknown' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF EXISTS (
    SELECT 1 FROM fresh f JOIN transfers t ON t.book = f.book AND t.id = f.transfer_id
  ) THEN
    RAISE EXCEPTION 'transfer_closed' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$
"""

#: Entries come with their transfer, so that one without any is seen when its row arrives.
TRANSFERS = """
CREATE OR REPLACE FUNCTION timebank_transfers_have_entries() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM fresh t
    WHERE (SELECT count(*) FROM entries e WHERE e.book = t.book AND e.transfer_id = t.id) < 2
  ) THEN
    RAISE EXCEPTION 'transfer_not_balanced' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$
"""

SIGNATURE = (
    "text, uuid, text, text, text, bigint, timestamptz, timestamptz, uuid, uuid, text, uuid,"
    " uuid, uuid, uuid[], bigint[], uuid[], uuid[]"
)

POST = """
CREATE FUNCTION timebank_post(
  p_book text, p_id uuid, p_kind text, p_key text, p_hash text, p_spread bigint,
  p_effective timestamptz, p_now timestamptz, p_actor uuid, p_acting uuid, p_reason text,
  p_link uuid, p_reverses uuid, p_valuation uuid,
  p_accounts uuid[], p_minutes bigint[], p_overflows uuid[], p_captures uuid[],
  OUT code text, OUT account uuid, OUT limit_minutes bigint, OUT short_minutes bigint,
  OUT leg_accounts uuid[], OUT leg_minutes bigint[]
) LANGUAGE plpgsql SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  wanted uuid[] := p_accounts || p_overflows;
  locked record; held record; known text; moment timestamptz := p_now;
  rows integer := 0; at_row integer; leg integer; legs integer := 0;
  closed bigint; minutes bigint; over bigint; part bigint; taken bigint; capture uuid;
  -- One element a locked balance row.
  s_id uuid[]; s_slot integer[]; s_posted bigint[]; s_held bigint[]; s_floor bigint[];
  s_ceiling bigint[]; s_version bigint[]; s_slots integer[];
  s_net bigint[]; s_back bigint[]; s_owed bigint[]; s_at timestamptz[];
  s_put bigint[];
  -- The row that the legs of an account go to, one element an account.
  a_id uuid[]; a_row integer[]; a_held boolean[];
  -- One element an entry.
  e_row integer[]; e_minutes bigint[]; e_version bigint[]; e_after bigint[];
  e_account uuid[]; e_slot integer[];
  -- One element a captured hold.
  c_taken bigint[];
BEGIN
  code := 'posted';
  IF p_captures IS NOT NULL THEN
    wanted := wanted || ARRAY(
      SELECT h.account_id FROM hold_legs h WHERE h.book = p_book AND h.hold_id = ANY (p_captures));
  END IF;

  FOR locked IN
    SELECT b.account_id, b.slot, b.posted_minutes, b.held_minutes, b.floor_minutes, b.version,
           b.posted_at, b.expires_at, a.ceiling_minutes, a.slots
    FROM accounts a
    JOIN balances b ON b.book = a.book AND b.account_id = a.id
    WHERE a.book = p_book AND a.id = ANY (wanted) AND (
      a.slots = 1 OR b.slot = p_spread % a.slots OR (p_captures IS NOT NULL AND EXISTS (
        SELECT 1 FROM hold_legs h WHERE h.book = p_book AND h.hold_id = ANY (p_captures)
          AND h.account_id = a.id AND h.slot = b.slot)))
    ORDER BY b.account_id, b.slot FOR NO KEY UPDATE OF b
  LOOP
    rows := rows + 1;
    s_id[rows] := locked.account_id; s_slot[rows] := locked.slot;
    s_posted[rows] := locked.posted_minutes; s_held[rows] := locked.held_minutes;
    s_floor[rows] := locked.floor_minutes; s_ceiling[rows] := locked.ceiling_minutes;
    s_version[rows] := locked.version; s_slots[rows] := locked.slots;
    s_net[rows] := NULL; s_back[rows] := 0; s_owed[rows] := 0; s_put[rows] := 0;
    IF locked.slots = 1 OR locked.slot = p_spread % locked.slots THEN
      a_id := a_id || locked.account_id; a_row := a_row || rows; a_held := a_held || FALSE;
    END IF;
    s_at[rows] := locked.posted_at;
    IF locked.expires_at <= p_now THEN code := 'wide'; END IF;
  END LOOP;

  -- In a later statement than the locks: it sees what a rival has committed meanwhile.
  SELECT
    (SELECT t.request_hash FROM transfers t WHERE t.book = p_book AND t.idem_key = p_key),
    (SELECT count(*) FROM accounts a
     WHERE a.book = p_book AND a.id = ANY (wanted) AND a.closed_at IS NOT NULL)
    INTO known, closed;
  IF known = p_hash THEN
    code := 'repeated';
    SELECT array_agg(e.account_id ORDER BY e.leg), array_agg(e.amount_minutes ORDER BY e.leg)
      INTO leg_accounts, leg_minutes
      FROM entries e WHERE e.book = p_book AND e.transfer_id = p_id;
    RETURN;
  END IF;
  IF p_reverses IS NOT NULL AND EXISTS (
    SELECT 1 FROM transfers t WHERE t.book = p_book AND t.reverses_id = p_reverses) THEN
    code := 'already_reversed';
    RETURN;
  END IF;
  IF known IS NOT NULL THEN
    code := 'key_reused';
    RETURN;
  END IF;
  IF code = 'wide' THEN RETURN; END IF;
  IF p_effective > p_now THEN
    code := 'effective_later';
    RETURN;
  END IF;

  IF p_captures IS NOT NULL THEN
    IF EXISTS (SELECT 1 FROM hold_outcomes o
               WHERE o.book = p_book AND o.hold_id = ANY (p_captures)) THEN
      code := 'hold_ended';
      RETURN;
    END IF;
    FOR held IN
      SELECT h.account_id, h.slot, h.amount_minutes FROM hold_legs h
      WHERE h.book = p_book AND h.hold_id = ANY (p_captures)
      ORDER BY array_position(p_captures, h.hold_id), h.leg
    LOOP
      at_row := 1;
      WHILE s_id[at_row] <> held.account_id OR s_slot[at_row] <> held.slot LOOP
        at_row := at_row + 1;
      END LOOP;
      -- What pays out of a hold pays where it was held; the first hold decides.
      leg := array_position(a_id, held.account_id);
      IF NOT a_held[leg] THEN
        a_row[leg] := at_row; a_held[leg] := TRUE;
      END IF;
      s_back[at_row] := s_back[at_row] + held.amount_minutes;
    END LOOP;
  END IF;

  -- The legs as they will be written: what passes a ceiling goes to the overflow account.
  FOR leg IN 1 .. array_length(p_accounts, 1) LOOP
    minutes := p_minutes[leg]; over := 0;
    at_row := a_row[array_position(a_id, p_accounts[leg])];
    IF at_row IS NULL THEN
      code := 'account_unknown'; account := p_accounts[leg];
      RETURN;
    END IF;
    IF minutes > 0 AND s_ceiling[at_row] IS NOT NULL AND p_reverses IS NULL THEN
      over := minutes - greatest(0, s_ceiling[at_row] - s_posted[at_row] - s_put[at_row]);
      IF over > 0 AND (p_overflows IS NULL OR p_overflows[leg] IS NULL) THEN
        code := 'above_ceiling'; account := p_accounts[leg];
        limit_minutes := s_ceiling[at_row]; short_minutes := over;
        RETURN;
      END IF;
      over := greatest(0, over);
    END IF;
    IF minutes > over OR minutes < 0 THEN
      legs := legs + 1;
      e_row[legs] := at_row; e_minutes[legs] := minutes - over;
      s_put[at_row] := s_put[at_row] + minutes - over;
    END IF;
    IF over > 0 THEN
      at_row := a_row[array_position(a_id, p_overflows[leg])];
      IF at_row IS NULL THEN
        code := 'account_unknown'; account := p_overflows[leg];
        RETURN;
      END IF;
      legs := legs + 1;
      e_row[legs] := at_row; e_minutes[legs] := over;
      s_put[at_row] := s_put[at_row] + over;
    END IF;
  END LOOP;

  FOR leg IN 1 .. legs LOOP
    at_row := e_row[leg];
    s_net[at_row] := coalesce(s_net[at_row], 0) + e_minutes[leg];
    IF s_at[at_row] > moment THEN moment := s_at[at_row]; END IF;
    IF e_minutes[leg] < 0 THEN s_owed[at_row] := s_owed[at_row] - e_minutes[leg]; END IF;
  END LOOP;
  FOR leg IN 1 .. legs LOOP
    at_row := e_row[leg];
    IF closed > 0 AND EXISTS (
      SELECT 1 FROM accounts a
      WHERE a.book = p_book AND a.id = s_id[at_row] AND a.closed_at IS NOT NULL) THEN
      code := 'account_closed'; account := s_id[at_row];
      RETURN;
    END IF;
    IF s_net[at_row] < 0 AND s_floor[at_row] IS NOT NULL THEN
      part := s_floor[at_row]
        - (s_posted[at_row] - s_held[at_row] + s_back[at_row] + s_net[at_row]);
      IF part > 0 THEN
        IF s_slots[at_row] > 1 OR EXISTS (
          SELECT 1 FROM accounts a
          WHERE a.book = p_book AND a.id = s_id[at_row] AND a.slots > 1) THEN
          code := 'wide';
          RETURN;
        END IF;
        code := 'not_enough'; account := s_id[at_row];
        limit_minutes := s_floor[at_row]; short_minutes := part;
        RETURN;
      END IF;
    END IF;
  END LOOP;

  FOR leg IN 1 .. legs LOOP
    at_row := e_row[leg];
    s_posted[at_row] := s_posted[at_row] + e_minutes[leg];
    s_version[at_row] := s_version[at_row] + 1;
    e_version[leg] := s_version[at_row]; e_after[leg] := s_posted[at_row];
    e_account[leg] := s_id[at_row]; e_slot[leg] := s_slot[at_row];
  END LOOP;
  FOR at_row IN 1 .. rows LOOP
    s_held[at_row] := s_held[at_row] - s_back[at_row];
  END LOOP;

  WITH transfer AS (
    INSERT INTO transfers (book, id, kind, idem_key, request_hash, effective_at, posted_at,
      actor_id, acting_for_id, reason, link_id, reverses_id, valuation_id)
    VALUES (p_book, p_id, p_kind, p_key, p_hash, p_effective, moment, p_actor, p_acting, p_reason,
      p_link, p_reverses, p_valuation)
  ), queued AS (
    INSERT INTO unsealed (book, transfer_id, note_id)
    VALUES (p_book, p_id, '00000000-0000-0000-0000-000000000000')
  ), moved AS (
    INSERT INTO entries (book, transfer_id, leg, account_id, slot, amount_minutes, version,
      balance_after_minutes)
    SELECT p_book, p_id, l.place - 1, l.account, l.slot, l.minutes, l.version, l.after
    FROM unnest(e_account, e_slot, e_minutes, e_version, e_after) WITH ORDINALITY
      AS l (account, slot, minutes, version, after, place)
  )
  UPDATE balances b
  SET posted_minutes = s.posted, held_minutes = s.held, version = s.version,
      posted_at = CASE WHEN s.net IS NULL THEN b.posted_at ELSE moment END
  FROM unnest(s_id, s_slot, s_posted, s_held, s_version, s_net, s_back)
    AS s (id, slot, posted, held, version, net, back)
  WHERE b.book = p_book AND b.account_id = s.id AND b.slot = s.slot
    AND (s.net IS NOT NULL OR s.back > 0);

  IF p_captures IS NOT NULL THEN
    FOREACH capture IN ARRAY p_captures LOOP
      taken := 0;
      FOR held IN
        SELECT h.account_id, h.amount_minutes FROM hold_legs h
        WHERE h.book = p_book AND h.hold_id = capture ORDER BY h.leg
      LOOP
        at_row := a_row[array_position(a_id, held.account_id)];
        part := least(held.amount_minutes, s_owed[at_row]);
        s_owed[at_row] := s_owed[at_row] - part;
        taken := taken + part;
      END LOOP;
      c_taken := c_taken || taken;
    END LOOP;
    INSERT INTO hold_outcomes (book, hold_id, outcome, captured_minutes, transfer_id, actor_id, at)
    SELECT p_book, c.hold, CASE WHEN c.taken > 0 THEN 'captured' ELSE 'released' END, c.taken,
      p_id, p_actor, p_now
    FROM unnest(p_captures, c_taken) AS c (hold, taken);
  END IF;
  IF p_overflows IS NOT NULL THEN
    leg_accounts := e_account; leg_minutes := e_minutes;
  END IF;
END $$
"""


def upgrade() -> None:
    op.drop_constraint("fk_entries_book_transfer_id_transfers", "entries", type_="foreignkey")
    op.execute(ENTRIES)
    op.execute(TRANSFERS)
    op.execute(POST)
    # A new version of a balance stands beside the old one, so its indexes need not change.
    op.execute("ALTER TABLE balances SET (fillfactor = 50)")


def downgrade() -> None:
    op.execute("ALTER TABLE balances RESET (fillfactor)")
    op.execute(f"DROP FUNCTION timebank_post({SIGNATURE})")
    op.execute(ENTRIES_BEFORE)
    op.create_foreign_key(
        "fk_entries_book_transfer_id_transfers",
        "entries",
        "transfers",
        ["book", "transfer_id"],
        ["book", "id"],
        deferrable=True,
        initially="DEFERRED",
    )
