"""Short-lived state: everything that lives minutes to hours and is never the only proof of anything.

Reading order: `port` (what a store promises), `box` (how the rest of the house uses one), `embedded` and
`redis` (the two stores, held to one contract by tests/contracts/test_ephemeral.py), `open` (which of them
serves).
"""
