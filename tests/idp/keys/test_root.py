"""The root key of an instance: found where settings say, recognised before it is used, never a file in production."""

import pytest

from crypto.errors import SealError
from crypto.keys.software import SoftwareKeys, new_root_key
from idp.errors import IdpError, SettingsRefused, Unavailable
from idp.keys.ceremonies.kind import Wish
from idp.keys.models import RootForm
from idp.keys.root import check_settings, create_root_key, open_provider, open_root, prepare_root
from idp.keys.rooted import OpenRoot, RootedKeys
from idp.settings import Profile
from tests.idp.keys.ceremony_house import House, RunningAgent, people

Agents = list[RunningAgent]


def refusal(house: House, profile: Profile = Profile.SANDBOX) -> str:
    """The code by which the root key is refused."""
    with pytest.raises(IdpError) as refused:
        open_provider(house.keys, profile, house.sql)
    return refused.value.code


def test_an_old_instance_gets_its_generation(any_house: House) -> None:
    """Keys made before there were generations: they open, and preparing again writes down how the key is recognised."""
    create_root_key(any_house.keys.root_key_file)
    any_house.fill(open_provider(any_house.keys, Profile.SANDBOX, any_house.sql))
    before = any_house.opened()
    assert any_house.value("SELECT count(*) FROM root_key") == 0
    prepare_root(any_house.keys, Profile.SANDBOX, any_house.sql, any_house.clock)
    prepare_root(any_house.keys, Profile.SANDBOX, any_house.sql, any_house.clock)
    assert any_house.value("SELECT count(*) FROM root_key WHERE state = 'active'") == 1
    assert any_house.opened() == before


def test_a_wrong_root_key_is_told_before_anything_is_opened(house: House) -> None:
    """The refusal names the generation; no wrapped key was put to it."""
    house.prepare_file()
    house.keys.root_key_file.write_text(new_root_key().hex())
    assert refusal(house) == "keys.root_wrong"


def test_a_lost_file_is_not_replaced_by_a_new_one(house: House) -> None:
    """Preparing again would otherwise hide that nothing opens any more."""
    house.prepare_file()
    house.keys.root_key_file.unlink()
    with pytest.raises(SettingsRefused):
        prepare_root(house.keys, Profile.SANDBOX, house.sql, house.clock)
    house.change("DELETE FROM root_key")
    with pytest.raises(SettingsRefused):
        prepare_root(house.keys, Profile.SANDBOX, house.sql, house.clock)
    assert not house.keys.root_key_file.exists()


def test_settings_are_refused_before_the_tables_are_asked(house: House) -> None:
    """A missing file and a file in production are told at once; officers' shares are asked for later."""
    with pytest.raises(SettingsRefused) as missing:
        check_settings(house.keys, Profile.SANDBOX)
    assert "keys.root_key_file" in str(missing.value.values)
    create_root_key(house.keys.root_key_file)
    check_settings(house.keys, Profile.SANDBOX)
    with pytest.raises(SettingsRefused) as refused:
        check_settings(house.keys, Profile.PRODUCTION)
    assert refused.value.code == "keys.root_file_in_production"
    check_settings(house.keys.model_copy(update={"root": "shares"}), Profile.PRODUCTION)


def test_production_takes_no_file(house: House) -> None:
    """Neither to start nor to prepare, however well the file is kept."""
    house.prepare_file()
    assert refusal(house, Profile.PRODUCTION) == "keys.root_file_in_production"
    with pytest.raises(SettingsRefused) as refused:
        prepare_root(house.keys, Profile.PRODUCTION, house.sql, house.clock)
    assert refused.value.code == "keys.root_file_in_production"


def test_settings_and_instance_must_agree_on_the_form(house: House) -> None:
    """A file beside an instance whose root key is with its officers is not even read."""
    house.prepare_file()
    house.initialise()
    house.keys = house.keys.model_copy(update={"root": "file"})
    assert refusal(house) == "keys.root_other_form"


def test_an_instance_without_a_root_key_says_what_is_to_be_done(house: House) -> None:
    """Officers' shares are made by a ceremony alone."""
    house.keys = house.keys.model_copy(update={"root": "shares"})
    assert refusal(house) == "keys.root_missing"
    with pytest.raises(SettingsRefused) as refused:
        prepare_root(house.keys, Profile.SANDBOX, house.sql, house.clock)
    assert refused.value.code == "keys.root_missing"


def test_a_device_keeps_the_root_key(house: House) -> None:
    """Wrapped by the device in the table; another device, or none, opens nothing."""
    device = SoftwareKeys(new_root_key())
    house.keys = house.keys.model_copy(update={"root": "device"})
    made = prepare_root(house.keys, Profile.PRODUCTION, house.sql, house.clock, device)
    wrapped = made.wrap(b"k" * 16, "x")
    again = open_provider(house.keys, Profile.PRODUCTION, house.sql, device)
    assert again.unwrap(wrapped, "x") == b"k" * 16
    assert refusal(house) == "keys.root_without_device"
    with pytest.raises(SettingsRefused) as refused:
        open_root(house.keys, Profile.PRODUCTION, house.sql, SoftwareKeys(new_root_key()))
    assert refused.value.code == "keys.root_wrong"


def test_a_root_key_goes_from_officers_into_a_device_and_back(house: House, agents: Agents) -> None:
    """Both by rotations that the officers agreed to; the keys stay the same."""
    house.device = SoftwareKeys(new_root_key())
    house.prepare_file()
    before = house.opened()
    house.initialise()
    agents.append(RunningAgent(house))
    house.unseal(agents[0], house.officers[:3])
    house.run("rotate-root", Wish(form=RootForm.DEVICE), house.officers[:3])
    house.keys = house.keys.model_copy(update={"root": "device"})
    assert house.opened() == before
    house.run("rotate-root", Wish(), house.officers[:3])
    assert house.value("SELECT form FROM root_key WHERE state = 'active'") == "device"
    house.run("rotate-root", Wish(form=RootForm.SHARES), house.officers[:3])
    house.keys = house.keys.model_copy(update={"root": "shares"})
    agents[0].client.seal()
    house.unseal(agents[0], house.officers[2:])
    assert house.opened() == before


def test_an_agent_that_is_gone_stops_only_who_starts(house: House, agents: Agents) -> None:
    """Running processes hold what they need; a new one is told that the agent is absent."""
    house.prepare_file()
    house.initialise(threshold=2, officers=people("甲乙"))
    agents.append(RunningAgent(house))
    house.unseal(agents[0], house.officers)
    running = house.provider()
    agents.pop().close()
    assert running.unwrap(running.wrap(b"k" * 16, "x"), "x") == b"k" * 16
    with pytest.raises(Unavailable) as absent:
        house.provider()
    assert absent.value.code == "keys.agent_absent"


def test_a_damaged_key_is_no_reason_to_look_for_ever() -> None:
    """Where the root key is the same when it is read anew, the refusal stands, after one look."""
    looks: list[int] = []
    root = OpenRoot(1, new_root_key())

    def find() -> OpenRoot:
        looks.append(1)
        return root

    provider = RootedKeys(root, find)
    with pytest.raises(SealError):
        provider.unwrap(bytes(40), "x")
    assert len(looks) == 1


def test_an_earlier_generation_that_was_exchanged_refuses(house: House, agents: Agents) -> None:
    """The generation before is opened by its successor and recognised, too."""
    house.prepare_file()
    house.initialise()
    agents.append(RunningAgent(house))
    house.unseal(agents[0], house.officers[:3])
    house.change("UPDATE root_key SET check_value = x'0011223344556677' WHERE generation = 1")
    assert refusal(house) == "keys.root_wrong"
    house.change_bytes("root_key", "generation = 1", "00" * 40)
    assert refusal(house) == "keys.root_wrong"
