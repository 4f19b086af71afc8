"""``python -m services.ledger.check FILE…``"""

from __future__ import annotations

import io
import sys

from services.ledger.check.command import main

if isinstance(sys.stdout, io.TextIOWrapper):
    # A console without Chinese still shows the English half.
    sys.stdout.reconfigure(errors="replace")
sys.exit(main())
