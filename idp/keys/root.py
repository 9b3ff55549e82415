"""The root key of software keys: opened from the officers' key agent, from a device, or from a file in development.

Every way ends the same: the key that is found is held against the check value of its generation before anything is
opened with it, and the generations before it that are still needed are opened by it.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from crypto import compare
from crypto.errors import SealError
from crypto.keys import shares
from crypto.keys.handle import KeyProvider
from crypto.keys.software import ROOT_KEY_SIZE, SoftwareKeys, is_known, new_root_key
from idp.clock import Clock, instant
from idp.errors import SettingsRefused
from idp.keys.agent_client import AgentClient
from idp.keys.ceremonies import store
from idp.keys.models import KeyState, RootForm
from idp.keys.rooted import OpenRoot, RootedKeys
from idp.keys.settings import KeysSettings
from idp.settings import Profile
from idp.storage.engine import Db, Sql

FIRST: Final = 1


def root_purpose(generation: int) -> str:
    """The purpose under which a generation is wrapped, by its device or by its successor."""
    return f"root:{generation}"


def check_settings(keys: KeysSettings, profile: Profile) -> None:
    """Refuse what can be told before the tables are asked: a file in production, or one that is missing or no root key.

    Raises SettingsRefused.
    """
    if RootForm(keys.root) is not RootForm.FILE:
        return
    if profile is Profile.PRODUCTION:
        raise _refused("keys.root_file_in_production")
    read_root_file(keys.root_key_file, profile)


def open_provider(
    keys: KeysSettings, profile: Profile, sql: Sql, device: KeyProvider | None = None
) -> RootedKeys:
    """The key provider of software keys. It reads the root key anew when another process has changed it.

    `device` is the provider that unwraps the root key where settings say so. Raises SettingsRefused with what to do,
    Unavailable when the key agent is not there or not unsealed, DeviceUnavailable.
    """

    def find() -> OpenRoot:
        return open_root(keys, profile, sql, device)

    return RootedKeys(find(), find)


def open_root(keys: KeysSettings, profile: Profile, sql: Sql, device: KeyProvider | None = None) -> OpenRoot:
    """The root key itself: for `open_provider`, and for ceremonies that make its successor. Raises as that does."""
    if RootForm(keys.root) is RootForm.FILE and profile is Profile.PRODUCTION:
        raise _refused("keys.root_file_in_production")
    with sql.once() as db:
        active, earlier = store.find_active_root(db), store.list_earlier_roots(db)
    if active is None and RootForm(keys.root) is RootForm.FILE:
        # An instance of before the generations: `prepare` gives it the row.
        return OpenRoot(FIRST, read_root_file(keys.root_key_file, profile))
    if active is None:
        raise _refused("keys.root_missing")
    if active.form is not RootForm(keys.root):
        raise _refused("keys.root_other_form", form=active.form.value, setting=keys.root)
    return _opened(active, earlier, keys, profile, device)


def open_present_root(
    db: Db, keys: KeysSettings, profile: Profile, device: KeyProvider | None = None
) -> OpenRoot:
    """The root key by the form of its own row, whatever settings say: for ceremonies, which may change the form."""
    active = store.find_active_root(db)
    if active is None:
        raise _refused("keys.root_missing")
    return _opened(active, store.list_earlier_roots(db), keys, profile, device)


def prepare_root(
    keys: KeysSettings, profile: Profile, sql: Sql, clock: Clock, device: KeyProvider | None = None
) -> RootedKeys:
    """Make what is missing of the root key, and open it. Can be repeated; needs current tables.

    A file is made where nothing was ever wrapped, and a file without a generation gets its row; a device gets a root
    key of its own. Officers' shares are made by a ceremony alone: until then this raises SettingsRefused.
    """
    if RootForm(keys.root) is RootForm.FILE and profile is Profile.PRODUCTION:
        raise _refused("keys.root_file_in_production")
    with sql.begin() as db:
        if store.find_active_root(db) is None:
            _make_first(db, keys, profile, clock, device)
    return open_provider(keys, profile, sql, device)


def require_check_value(key: bytes, row: Any) -> None:
    """Raise SettingsRefused("keys.root_wrong") unless this key is the one of this generation."""
    if not compare.equal(shares.check_value(key, row.generation), bytes(row.check_value)):
        raise _refused("keys.root_wrong", generation=row.generation)


def create_root_key(path: Path) -> None:
    """Write a new root key, readable by the owner only; an existing file is left as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w") as file:
        file.write(new_root_key().hex() + "\n")


def open_root_key(path: Path, profile: Profile) -> SoftwareKeys:
    """The software key provider over the root key in `path`, whichever generation of the instance that is.

    Raises as `read_root_file` does, and KeyUnusable for a publicly known key.
    """
    return SoftwareKeys(read_root_file(path, profile))


def read_root_file(path: Path, profile: Profile) -> bytes:
    """The root key in `path`, 16 bytes.

    Raises SettingsRefused when the file is missing or malformed, and in production when others may read it or it
    holds a key known from test vectors.
    """
    try:
        text = path.read_text("ascii").strip()
        mode = path.stat().st_mode
        root_key = bytes.fromhex(text)
    except (OSError, ValueError):
        raise _file_refused("missing or malformed") from None
    if len(root_key) != ROOT_KEY_SIZE:
        raise _file_refused("32 hexadecimal digits")
    if profile is Profile.PRODUCTION and (mode & 0o077 or is_known(root_key)):
        raise _file_refused("readable by others, or a known key")
    return root_key


def open_generation(
    form: RootForm,
    generation: int,
    wrapped: bytes | None,
    keys: KeysSettings,
    profile: Profile,
    device: KeyProvider | None = None,
) -> bytes:
    """The root key of one generation, not yet held against its check value. Raises as `open_provider` does."""
    if form is RootForm.FILE:
        return read_root_file(keys.root_key_file, profile)
    if form is RootForm.SHARES:
        return AgentClient(keys.agent_socket).root_key(generation)
    if device is None:
        raise _refused("keys.root_without_device")
    try:
        return device.unwrap(wrapped or b"", root_purpose(generation))
    except SealError:
        raise _refused("keys.root_wrong", generation=generation) from None


def _opened(
    active: Any, earlier: list[Any], keys: KeysSettings, profile: Profile, device: KeyProvider | None
) -> OpenRoot:
    generation = active.generation
    key = open_generation(active.form, generation, active.wrapped, keys, profile, device)
    require_check_value(key, active)
    return OpenRoot(generation, key, _earlier(generation, key, earlier))


def _earlier(generation: int, key: bytes, rows: list[Any]) -> Mapping[int, bytes]:
    """The earlier generations, each wrapped under the present one."""
    provider = SoftwareKeys(key, generation)
    found = {}
    for row in rows:
        try:
            found[row.generation] = provider.unwrap(bytes(row.wrapped or b""), root_purpose(row.generation))
        except SealError:
            raise _refused("keys.root_wrong", generation=row.generation) from None
        require_check_value(found[row.generation], row)
    return found


def _make_first(
    db: Db, keys: KeysSettings, profile: Profile, clock: Clock, device: KeyProvider | None
) -> None:
    if RootForm(keys.root) is RootForm.SHARES:
        raise _refused("keys.root_missing")
    if RootForm(keys.root) is RootForm.DEVICE:
        if device is None:
            raise _refused("keys.root_without_device")
        key = device.random(ROOT_KEY_SIZE)
        wrapped = device.wrap(key, root_purpose(FIRST))
    else:
        if not store.has_keys(db):
            create_root_key(keys.root_key_file)
        key, wrapped = read_root_file(keys.root_key_file, profile), None
    store.add_root(
        db,
        {
            "generation": FIRST,
            "form": RootForm(keys.root),
            "state": KeyState.ACTIVE,
            "check_value": shares.check_value(key, FIRST),
            "wrapped": wrapped,
            "threshold": 0,
            "holders": 0,
            "created_at": instant(clock),
        },
    )


def _refused(code: str, **values: object) -> SettingsRefused:
    return SettingsRefused(code, code, faults=f"keys.root: {code.removeprefix('keys.')}", **values)


def _file_refused(fault: str) -> SettingsRefused:
    return SettingsRefused("settings.refused", "root key file refused", faults=f"keys.root_key_file: {fault}")
