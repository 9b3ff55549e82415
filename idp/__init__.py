"""The identity provider. Reading order, low to high; a line imports only lines above it (tests/architecture).

errors clock · identifiers settings · observe · outbound web storage ephemeral · audit jobs aside · importing · limits keys
accounts · notify applications matters organisations proofing humanity · delegations conversion publication ·
authenticators claims claiming devices · sessions ukey · acting · login · consent · oauth portal registration ·
enterprise family · plugins · wiring · composition · main · demo · commands · cli
"""
