"""Registers that vouch for persons and organisations: contract, signed HTTP client, sandbox twin."""
