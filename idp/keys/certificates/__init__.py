"""The internal authority: certificates of officers, nodes and departments, below a root that stays offline.

Reading order: `store` (what was issued), `service` (request, install, issue, revoke, list), `expiry` (the alarm before a
certificate ends), `events`. The root's own acts are in `idp/keys/commands_ca_root.py`: files only, no instance.
"""
