"""Cryptographic mechanisms of Yihao: a leaf package that knows no Flask, no SQL and no idp.

Use: ``tokens`` for randomness, ``compare`` for secrets, ``seal`` for fields at rest, ``lookup`` for searching
them,
``passwords``, ``keys.software`` for signing keys, ``jose.jwt`` for tokens, ``sm.selftest`` at boot.
Never use: gmssl outside ``sm.second_opinion`` and ``sm.engine.gmssl``, joserfc outside ``jose``, ``random`` anywhere.
Every verification raises (see ``errors``); none returns False. Importing this package runs nothing.
"""
