"""Ceremonies: what is done to key material only when m of n officers signed exactly that (CRY-11, dual control).

`service.py` opens, collects and executes; one file for each kind of ceremony; `record.py` is the printable record.
"""
