"""Towards upstream: the national platform, cities' providers, trust chains. Each part is a plugin of `idp/plugins.py`."""
