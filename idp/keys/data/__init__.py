"""Data keys: the symmetric keys by which the house seals, looks up and peppers.

Reading order: `purposes` (what there is), `rings` (how every process holds them and learns of new ones), `spending`
(how often they were used, and the limit), `lifecycle` (from one state to the next), `events`. Re-encryption and second
digests, which a rotation needs, stand in `idp/keys/reseal`.
"""
