"""Words of the key commands, Chinese and English: said, faults, helps and examples, in the forms of idp/commands."""

from collections.abc import Mapping
from types import MappingProxyType

Pair = tuple[str, str]

SAID: Mapping[str, Pair] = MappingProxyType({})
FAULTS: Mapping[str, tuple[Pair, Pair]] = MappingProxyType({})
HELPS: Mapping[str, Pair] = MappingProxyType({})
EXAMPLES: Mapping[str, tuple[str, str]] = MappingProxyType({})
