"""The key agent opens by m right shares of officers in office, and by nothing else."""

import os
import socket
import stat
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from crypto.keys import shares
from crypto.keys.memory import LockedBytes
from crypto.keys.shares import Share
from crypto.sm.sm2 import Sm2PublicKey
from idp.errors import SettingsRefused, Unavailable
from idp.keys.agent import MOST_TICKETS, Agent
from idp.keys.agent_client import AgentClient
from idp.keys.agent_server import LARGEST, AgentServer
from idp.keys.book import Book, share_context
from idp.keys.ceremonies.kind import Wish
from idp.keys.unsealing import Contribution, UnsealRefused, contribute, signed_bytes
from tests.idp.keys.ceremony_house import House, Person, RunningAgent, person

Agents = list[RunningAgent]


@pytest.fixture
def agent(house: House, agents: Agents) -> RunningAgent:
    """A sealed agent of an instance with five officers, three of whom open it."""
    house.prepare_file()
    house.initialise()
    agents.append(RunningAgent(house))
    return agents[0]


def made(house: House, agent: RunningAgent, who: Person) -> Contribution:
    """An officer's right contribution, not yet sent."""
    return contribute(who.key, the_book(house), agent.client.one_time_key())


def the_book(house: House) -> Book:
    """Who holds shares."""
    book = house.book()
    assert book is not None
    return book


def share_of(house: House, who: Person) -> Share:
    """An officer's opened share."""
    book = the_book(house)
    context = share_context(book.ceremony_id, book.generation, who.officer.id)
    return shares.open_with(who.key, book.holders[who.officer.id].sealed, *context)


def signed(
    house: House, agent: RunningAgent, who: Person, data: bytes, generation: int | None = None
) -> Contribution:
    """A contribution of any bytes, encrypted and signed as it has to be."""
    key, of = agent.client.one_time_key(), generation or the_book(house).generation
    encrypted = Sm2PublicKey(key).encrypt(data)
    signature = who.key.sign(signed_bytes(key, of, who.officer.id, encrypted))
    return Contribution(key, of, who.officer.id, encrypted, signature)


def refusal(agent: RunningAgent, given: Contribution) -> str:
    """The word by which the agent refuses."""
    with pytest.raises(UnsealRefused) as refused:
        agent.client.contribute(given)
    return refused.value.reason


def open_sealed(house: House) -> bool:
    """Whether a server process that starts now gets its keys."""
    try:
        house.opened()
    except Unavailable:
        return False
    return True


@pytest.mark.clause("GB/T 39786-2021", "key management annex")
def test_three_of_five_open_it_and_two_do_not(house: House, agent: RunningAgent) -> None:
    """Any three: with two shares nothing opens, with the third everything does."""
    before = AgentClient(house.keys.agent_socket).status()
    assert (before["state"], before["threshold"], before["contributed"]) == ("sealed", 3, 0)
    for count, who in enumerate((house.officers[4], house.officers[1]), start=1):
        after = agent.client.contribute(made(house, agent, who))
        assert (after["state"], after["contributed"]) == ("sealed", count)
        assert not open_sealed(house)
    assert agent.client.contribute(made(house, agent, house.officers[2]))["state"] == "open"
    assert open_sealed(house)
    assert [row.object for row in house.events("root.unsealed")] == ["root:2"]
    assert len(house.events("root.share_accepted")) == 3
    assert refusal(agent, made(house, agent, house.officers[0])) == "open"


Bad = Callable[[House, RunningAgent], Contribution]


def _wrong_value(house: House, agent: RunningAgent) -> Contribution:
    share = share_of(house, house.officers[0])
    return signed(house, agent, house.officers[0], bytes(replace(share, value=bytes(16))))


def _others_share(house: House, agent: RunningAgent) -> Contribution:
    return signed(house, agent, house.officers[0], bytes(share_of(house, house.officers[1])))


def _another_split(house: House, agent: RunningAgent) -> Contribution:
    book = the_book(house)
    other = shares.split(bytes(range(1, 33, 2)), 3, 5, book.generation)[0]
    return signed(house, agent, house.officers[0], bytes(other))


def _another_generation(house: House, agent: RunningAgent) -> Contribution:
    share = replace(share_of(house, house.officers[0]), generation=1)
    return signed(house, agent, house.officers[0], bytes(share))


def _named_generation(house: House, agent: RunningAgent) -> Contribution:
    return signed(house, agent, house.officers[0], bytes(share_of(house, house.officers[0])), generation=1)


def _torn(house: House, agent: RunningAgent) -> Contribution:
    return signed(house, agent, house.officers[0], bytes(share_of(house, house.officers[0]))[:-1])


def _flipped(house: House, agent: RunningAgent) -> Contribution:
    data = bytearray(bytes(share_of(house, house.officers[0])))
    data[20] ^= 1
    return signed(house, agent, house.officers[0], bytes(data))


def _forged(house: House, agent: RunningAgent) -> Contribution:
    given = made(house, agent, house.officers[0])
    return replace(given, signature=made(house, agent, house.officers[0]).signature)


def _borrowed(house: House, agent: RunningAgent) -> Contribution:
    return replace(made(house, agent, house.officers[0]), officer_id=house.officers[1].officer.id)


def _own_ticket(house: House, agent: RunningAgent) -> Contribution:
    return contribute(house.officers[0].key, the_book(house), person("x").key.public_key.raw)


def _altered(house: House, agent: RunningAgent) -> Contribution:
    key, who = agent.client.one_time_key(), house.officers[0]
    encrypted = bytearray(Sm2PublicKey(key).encrypt(bytes(share_of(house, who))))
    encrypted[-1] ^= 1
    generation = the_book(house).generation
    signature = who.key.sign(signed_bytes(key, generation, who.officer.id, bytes(encrypted)))
    return Contribution(key, generation, who.officer.id, bytes(encrypted), signature)


def _stranger(house: House, agent: RunningAgent) -> Contribution:
    return signed(house, agent, person("己"), bytes(share_of(house, house.officers[0])))


@pytest.mark.parametrize(
    ("bad", "word"),
    [
        (_wrong_value, "wrong"),
        (_others_share, "wrong"),
        (_another_split, "wrong"),
        (_another_generation, "generation"),
        (_named_generation, "generation"),
        (_torn, "damaged"),
        (_flipped, "damaged"),
        (_altered, "damaged"),
        (_forged, "signature"),
        (_borrowed, "signature"),
        (_own_ticket, "stale"),
        (_stranger, "stranger"),
    ],
)
def test_a_bad_share_is_refused_and_the_good_ones_stay(
    house: House, agent: RunningAgent, bad: Bad, word: str
) -> None:
    """One word, one event, nothing lost: two good shares before it, one after it, and the agent is open."""
    house.unseal(agent, house.officers[3:])
    assert refusal(agent, bad(house, agent)) == word
    assert [row.details["reason"] for row in house.events("root.share_refused")] == [word]
    assert agent.client.status()["contributed"] == 2
    house.unseal(agent, house.officers[:1])
    assert open_sealed(house)


def test_an_officer_counts_once(house: House, agent: RunningAgent) -> None:
    """The same officer three times is one share; a contribution sent again is stale."""
    first = made(house, agent, house.officers[0])
    agent.client.contribute(first)
    assert refusal(agent, first) == "stale"
    assert refusal(agent, made(house, agent, house.officers[0])) == "duplicate"
    assert agent.client.status()["contributed"] == 1 and not open_sealed(house)


def test_a_removed_officer_is_refused(house: House, agent: RunningAgent) -> None:
    """One who was removed while still holding a share of this generation."""
    given = made(house, agent, house.officers[0])
    house.change(f"UPDATE custodian SET removed_at = 1 WHERE id = '{house.officers[0].officer.id}'")  # noqa: S608
    assert refusal(agent, given) == "removed"
    with pytest.raises(UnsealRefused, match="removed"):
        made(house, agent, house.officers[0])


def test_shares_of_before_a_change_of_officers_are_worth_nothing(house: House, agent: RunningAgent) -> None:
    """A share that the leaving officer kept opens nothing, nor do those of the others with it."""
    kept = [(who, bytes(share_of(house, who))) for who in house.officers]
    house.unseal(agent, house.officers[:3])
    new = person("己")
    wish = Wish(officers=(new.officer,), leaving=house.officers[4].label)
    house.run("replace-officer", wish, house.officers[:3])
    agent.client.seal()
    for who, data in kept[:4]:
        assert refusal(agent, signed(house, agent, who, data)) == "generation"
    assert refusal(agent, signed(house, agent, *kept[4])) == "stranger"
    house.unseal(agent, [new, *house.officers[:2]])
    assert open_sealed(house)


def test_officers_who_changed_while_shares_came_in_begin_anew(
    house: House, agent: RunningAgent, agents: Agents
) -> None:
    """Shares of the generation before do not count towards the next one."""
    house.unseal(agent, house.officers[:2])
    house.change("UPDATE root_key SET state = 'retired' WHERE state = 'active'")
    house.change(
        "INSERT INTO root_key (generation, form, state, check_value, threshold, holders, ceremony_id, created_at)"
        " SELECT generation + 1, form, 'active', check_value, threshold, holders, ceremony_id, created_at"
        " FROM root_key WHERE state = 'retired'"
    )
    assert agent.client.status()["contributed"] == 0


def test_a_changed_check_value_is_found_before_anything_opens(house: House, agent: RunningAgent) -> None:
    """With the right shares and a changed row the agent stays sealed, and keeps the shares until the row is right."""
    good = house.value("SELECT check_value FROM root_key WHERE state = 'active'")
    house.change("UPDATE root_key SET check_value = x'0011223344556677' WHERE state = 'active'")
    house.unseal(agent, house.officers[:2])
    assert refusal(agent, made(house, agent, house.officers[2])) == "check_value"
    house.change(f"UPDATE root_key SET check_value = x'{bytes(good).hex()}' WHERE state = 'active'")  # noqa: S608
    house.unseal(agent, house.officers[2:3])
    assert open_sealed(house)


def test_a_restart_begins_sealed(house: House, agent: RunningAgent, agents: Agents) -> None:
    """Nothing of the root key outlives the process; the socket is gone with it."""
    house.unseal(agent, house.officers[:3])
    agent.close()
    assert not house.keys.agent_socket.exists()
    with pytest.raises(Unavailable) as absent:
        house.opened()
    assert absent.value.code == "keys.agent_absent"
    agents.append(RunningAgent(house))
    with pytest.raises(Unavailable) as sealed:
        house.opened()
    assert sealed.value.code == "keys.agent_sealed"
    house.unseal(agents[-1], house.officers[2:])
    assert open_sealed(house)


def test_what_cannot_be_audited_has_not_happened(house: House, agent: RunningAgent) -> None:
    """While the audit log takes nothing, the third share opens nothing; once it does, the same officer tries again."""
    house.unseal(agent, house.officers[:2])
    house.change("ALTER TABLE audit_event RENAME TO away")
    with pytest.raises(Unavailable):
        agent.client.contribute(made(house, agent, house.officers[2]))
    house.change("ALTER TABLE away RENAME TO audit_event")
    assert agent.client.status()["contributed"] == 2 and not open_sealed(house)
    house.unseal(agent, house.officers[2:3])
    assert open_sealed(house)


def test_sealing_forgets(house: House, agent: RunningAgent) -> None:
    """After `yihao key seal` officers have to come again; a process that started before goes on."""
    house.unseal(agent, house.officers[:3])
    provider = house.provider()
    agent.client.seal()
    assert not open_sealed(house)
    assert provider.unwrap(provider.wrap(b"k" * 16, "x"), "x") == b"k" * 16
    assert len(house.events("root.sealed")) == 1


def test_only_the_right_successor_is_adopted(house: House, agent: RunningAgent) -> None:
    """A key handed on must be the one of the present generation, and the agent must be open."""
    with pytest.raises(UnsealRefused, match="sealed"):
        agent.client.adopt(2, bytes(16))
    house.unseal(agent, house.officers[:3])
    for generation, word in ((3, "generation"), (2, "wrong")):
        with pytest.raises(UnsealRefused, match=word):
            agent.client.adopt(generation, bytes(16))
    assert open_sealed(house)


def test_the_socket_is_its_users_alone(house: House, agent: RunningAgent) -> None:
    """Mode 0600 in a folder of mode 0700."""
    path = house.keys.agent_socket
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.skipif(os.getuid() != 0, reason="another user's process needs root to be made")
def test_another_users_process_gets_no_answer(house: House, agent: RunningAgent) -> None:
    """Even one that reached the socket: the kernel says who it is."""
    house.unseal(agent, house.officers[:3])
    path = house.keys.agent_socket
    for each, mode in ((path.parent.parent, 0o755), (path.parent, 0o755), (path, 0o666)):
        each.chmod(mode)
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setuid(65534)
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(5)
                connection.connect(str(path))
                connection.sendall(b'{"op":"root","generation":2}\n')
                os.write(writer, b"got:" + connection.recv(100))
        except OSError:
            os.write(writer, b"got:")
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 100) == b"got:"


@pytest.mark.parametrize("mode", [0o750, 0o707, 0o777])
def test_a_folder_open_to_others_refuses(house: House, mode: int) -> None:
    """The agent does not start where others could put a socket of their own."""
    house.keys.agent_socket.parent.mkdir()
    house.keys.agent_socket.parent.chmod(mode)
    with pytest.raises(SettingsRefused) as refused:
        AgentServer(Agent(house.book, house.audit.note), house.keys.agent_socket).serve(threading.Event())
    assert refused.value.code == "agent.folder_open"


def test_a_second_agent_refuses_and_a_dead_ones_socket_is_taken_over(
    house: House, agent: RunningAgent, agents: Agents
) -> None:
    """Two would share the officers' shares between them; after a kill the next one starts."""
    with pytest.raises(SettingsRefused) as refused:
        AgentServer(Agent(house.book, house.audit.note), house.keys.agent_socket).serve(threading.Event())
    assert refused.value.code == "agent.taken"
    agent.close()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.bind(str(house.keys.agent_socket))
    agents.append(RunningAgent(house))
    assert agents[-1].client.status()["state"] == "sealed"


@pytest.mark.parametrize(
    "sent",
    [
        b"\n",
        b"[]\n",
        b"{}\n",
        b'{"op":"none"}\n',
        b'{"op":"root"}\n',
        b'{"op":"root","generation":"x"}\n',
        b'{"op":"contribute"}\n',
        b'{"op":"adopt","generation":2,"key":"="}\n',
        b"\xff\n",
        b"x" * (LARGEST + 2),
    ],
)
def test_malformed_requests_change_nothing(house: House, agent: RunningAgent, sent: bytes) -> None:
    """The agent answers in its own words and goes on."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(5)
        connection.connect(str(house.keys.agent_socket))
        connection.sendall(sent)
        answer = connection.recv(1000)
    assert b'"ok":false' in answer
    assert agent.client.status()["state"] == "sealed"


def test_one_time_keys_do_not_pile_up(house: House, agent: RunningAgent) -> None:
    """Whoever only asks for keys makes the oldest forgotten, and no more."""
    given = made(house, agent, house.officers[0])
    for _ in range(MOST_TICKETS):
        agent.client.one_time_key()
    assert refusal(agent, given) == "stale"
    house.unseal(agent, house.officers[:3])
    assert open_sealed(house)


def test_a_secret_leaves_no_trace_in_its_page(tmp_path: Path) -> None:
    """Wiped memory reads empty, and so does a child's copy."""
    secret = LockedBytes(b"canary-secret")
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.write(writer, b"child:" + secret.read())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 100) == b"child:"
    assert secret.read() == b"canary-secret" and "canary" not in repr(secret)
    secret.wipe()
    assert secret.read() == b""
