"""`python -m tests.bench` (`make bench`): what one request costs, on real stores, side by side with the aim.

Reading order: `__main__` (the command), `instance` (stores and what is in them), `served` (the provider's process),
`scripts` (what is asked), `load` (how it is asked), `usage` (what it cost), `report` (the table), `inside` (the same
scripts in this process, to find where time goes). `specs/performance.md` says how to read the table.
"""
