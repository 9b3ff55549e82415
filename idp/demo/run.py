"""One demo from the first directory to the last process: prepare, seed, serve, end."""

import os
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from idp.demo import seed
from idp.demo.clients import ClientPlan, plans
from idp.demo.instance import HOST, DemoRefused, Instance, Memory, held, remember, require_free, write_private
from idp.demo.processes import Server, Servers
from idp.errors import IdpError
from idp.outbound import Outbound, OutboundSettings
from idp.wiring import load_settings, prepare, wire

KIT = Path(__file__).parents[2] / "specs" / "kit" / "python-flask"
YIHAO = (sys.executable, "-c", "from idp.cli import main; main()")
PROBE_SECONDS = 1.0
WATCH_SECONDS = 0.2

Told = Callable[[dict[str, Any]], None]


def run(instance: Instance, stop: threading.Event, told: Told) -> None:
    """Serve a demo until `stop`; `told` gets the content of `demo.json` when everything answers.

    Raises DemoRefused when it cannot start or when one of its processes ends.
    """
    if not (KIT / "app.py").is_file():
        raise DemoRefused("demo.no_kit")
    os.umask(0o077)  # databases and logs hold what only this user may read
    with held(instance):
        require_free(instance)
        instance.ready_file.unlink(missing_ok=True)
        memory = remember(instance, seed.client_ids(instance))
        content = _made_ready(instance, memory)
        with Servers(instance.directory / "log") as servers:
            wanted = servers_of(instance, memory, os.environ)
            servers.start(wanted)
            if not servers.wait_ready(wanted, _answers(), stop):
                return
            write_private(instance.ready_file, content)
            told(content)
            while not stop.wait(WATCH_SECONDS):
                servers.require_running()


def servers_of(instance: Instance, memory: Memory, inherited: Mapping[str, str]) -> list[Server]:
    """The processes of a demo: provider, console, worker, two department applications."""
    environment = instance.environment(inherited)
    serve = (*YIHAO, "serve", "--host", HOST, "--workers", "1", "--port")
    departments = zip(
        plans(instance), memory.department_keys, instance.departments, ("affairs", "welfare"), strict=False
    )
    return [
        Server("provider", (*serve, str(instance.port)), environment, f"{instance.issuer}/health/ready"),
        Server(
            "console",
            (*serve, str(instance.port + 1), "--admin"),
            environment,
            f"{instance.console}/health/live",
        ),
        Server("worker", (*YIHAO, "worker"), environment, None),
        *(
            _department(instance, plan, memory, key, address, name)
            for plan, key, address, name in departments
        ),
    ]


def _made_ready(instance: Instance, memory: Memory) -> dict[str, Any]:
    """Keys, tables and people in place; the content of `demo.json`."""
    # On the operator's terminal only what is wrong; the servers have logs of their own.
    settings = load_settings({**instance.environment({}), "YIHAO_OBSERVE__LOG_LEVEL": "warning"})
    prepare(settings)
    services = wire(settings)
    try:
        seed.seed(services, instance, memory)
        return seed.published(services, instance, memory)
    finally:
        services.foundation.store.close()
        services.sql.close()


def _department(
    instance: Instance, plan: ClientPlan, memory: Memory, key: str, address: str, name: str
) -> Server:
    """A department application: the kit's client as a department would run it, on a WSGI server."""
    port = address.rpartition(":")[2]
    own = {
        "ISSUER": instance.issuer,
        "CLIENT_ID": plan.client_id,
        "CLIENT_SECRET": memory.client_secrets[plan.client_id],
        "NAME": plan.name,
        "PORT": port,
        "ID_TOKEN_ALG": plan.algorithm,
        "SECRET_KEY": key,
        "SESSION_FILE": str(instance.directory / f"{name}-sessions.db"),
    }
    granian = (sys.executable, "-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", port)
    command = (*granian, "--workers", "1", "--blocking-threads", "4", "--no-ws", "app:app")
    environment = {**instance.environment(os.environ), **own}
    return Server(f"department-{name}", command, environment, f"{address}/health", KIT)


def _answers() -> Callable[[str], bool]:
    outbound = Outbound(OutboundSettings(seconds=PROBE_SECONDS), allow_loopback=True)

    def answers(address: str) -> bool:
        try:
            outbound.get_json(address)
        except IdpError:
            return False
        return True

    return answers
