"""The identity provider. Reading order, low to high; a line imports only lines above it (tests/architecture).

errors clock · identifiers settings · observe · outbound web storage ephemeral · audit jobs · importing · limits keys
accounts · notify applications matters organisations proofing humanity · delegations conversion publication · authenticators
sessions claims claiming · acting · login · consent · oauth portal registration · enterprise family · plugins · wiring ·
composition · main · demo · commands · cli
"""
