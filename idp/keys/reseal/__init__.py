"""What a rotation makes anew in the tables, while they are in use.

Reading order: `walk` (a table in small steps, resumed where it stopped), `sealing` (under another sealing key),
`digests` (look-up digests of another version, and the removal of the old ones), `service` (everything that is to be
done now), `upkeep` (the job).
"""
