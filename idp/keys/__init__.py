"""Policy of keys: root key, data keys, the signing ring."""
