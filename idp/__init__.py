"""The identity provider. Reading order, low to high; a line imports only lines above it (tests/architecture).

errors clock · identifiers settings · observe · outbound web storage ephemeral · audit jobs · limits keys accounts ·
applications · authenticators sessions claims · login · consent · oauth portal · plugins · wiring · main · commands
"""
