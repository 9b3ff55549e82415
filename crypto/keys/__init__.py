"""Keys as mechanism: handle, signer and provider, and the providers. Policy lives in ``idp.keys``."""
