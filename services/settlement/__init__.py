"""Settlement: windows are cut, netted, acknowledged and settled; nothing here posts a transfer."""
