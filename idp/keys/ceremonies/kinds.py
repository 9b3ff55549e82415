"""All kinds of ceremonies by name."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from idp.keys.ceremonies.backup import Backup
from idp.keys.ceremonies.custodians import AddOfficer, ReplaceOfficer
from idp.keys.ceremonies.destroy import Destroy
from idp.keys.ceremonies.initialise import Initialise
from idp.keys.ceremonies.kind import Kind
from idp.keys.ceremonies.restore import Restore
from idp.keys.ceremonies.rotate_root import RotateRoot

_ALL: Final[tuple[Kind, ...]] = (
    Initialise(),
    AddOfficer(),
    ReplaceOfficer(),
    RotateRoot(),
    Backup(),
    Restore(),
    Destroy(),
)
KINDS: Final[Mapping[str, Kind]] = MappingProxyType({kind.name: kind for kind in _ALL})
