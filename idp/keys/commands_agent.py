"""`yihao key agent`, `key unseal`, `key seal`: the process that holds the root key, and the officers who open it."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from crypto.keys.memory import forbid_dumps
from idp.audit.service import Audit
from idp.clock import SystemClock
from idp.commands import instance, terminal
from idp.commands.worded import command, option
from idp.jobs import stop_on_signals
from idp.keys import engine
from idp.keys.agent import Agent
from idp.keys.agent_client import AgentClient
from idp.keys.agent_server import AgentServer
from idp.keys.book import Book, read_book
from idp.keys.ceremonies.backup_file import book_of
from idp.keys.commands_officer_files import FILE, read_file, read_key
from idp.keys.unsealing import UnsealRefused, contribute
from idp.storage.engine import Sql
from idp.storage.migrate import require_current


@command("key agent")
@option("--status", "is_status", is_flag=True, help="option.agent_status")
@option("--backup", "backup_file", type=FILE, help="option.agent_backup")
@option("--json", "as_json", is_flag=True, help="option.json")
def agent(is_status: bool, backup_file: Path | None, as_json: bool) -> None:
    """Hold the root key once the officers opened it, until SIGTERM or Ctrl-C; or say how the running agent stands."""
    settings = instance.settings()
    if is_status:
        _give_status(AgentClient(settings.keys.agent_socket).status(), as_json)
        return
    is_hidden = forbid_dumps()
    engine.settle(settings.keys, settings.profile)
    sql = Sql(settings.database.url, settings.database.pool_size)
    stop = threading.Event()
    stop_on_signals(stop)
    try:
        require_current(sql)
        held = Agent(_book(settings, sql, backup_file), Audit(sql, SystemClock()).note)
        server = AgentServer(held, settings.keys.agent_socket)
        dumps = terminal.words("agent.dumps_off" if is_hidden else "agent.dumps_on")
        server.serve(
            stop, lambda: terminal.say("agent.ready", socket=settings.keys.agent_socket, dumps=dumps)
        )
    finally:
        sql.close()
    terminal.say("agent.stopped")


@command("key unseal")
@option("--key", "key_file", required=True, type=FILE, help="option.officer_key")
@option("--passphrase-file", type=FILE, help="option.officer_passphrase_file")
@option("--backup", "backup_file", type=FILE, help="option.agent_backup")
@option("--json", "as_json", is_flag=True, help="option.json")
def unseal(key_file: Path, passphrase_file: Path | None, backup_file: Path | None, as_json: bool) -> None:
    """Bring an officer's share to the running agent."""
    settings = instance.settings()
    client = AgentClient(settings.keys.agent_socket)
    one_time_key = client.one_time_key()
    sql = Sql(settings.database.url, settings.database.pool_size)
    try:
        book = _book(settings, sql, backup_file)()
    finally:
        sql.close()
    try:
        if book is None:
            raise UnsealRefused("no_shares")
        after = client.contribute(contribute(read_key(key_file, passphrase_file), book, one_time_key))
    except UnsealRefused as refused:
        raise terminal.Fault(refused.code, terminal.DENIED) from refused
    _give_status({name: value for name, value in after.items() if name != "ok"}, as_json)


@command("key seal")
@option("--json", "as_json", is_flag=True, help="option.json")
def seal(as_json: bool) -> None:
    """Let the running agent forget the root key."""
    client = AgentClient(instance.settings().keys.agent_socket)
    client.seal()
    _give_status(client.status(), as_json)


VERBS: tuple[click.Command, ...] = (agent, unseal, seal)


def _book(settings: Any, sql: Sql, backup_file: Path | None) -> Callable[[], Book | None]:
    """Who holds shares: by the tables, or by a backup where the tables are lost."""
    if backup_file is not None:
        book = book_of(read_file(backup_file), settings.issuer)
        return lambda: book

    def find() -> Book | None:
        with sql.once() as db:
            return read_book(db)

    return find


def _give_status(status: dict[str, Any], as_json: bool) -> None:
    if as_json:
        terminal.give(status)
        return
    for name, value in status.items():
        click.echo(f"{name:<15}{value}")
