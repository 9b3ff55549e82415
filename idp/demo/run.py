"""One demo from the first directory to the last process: prepare, seed, serve, end."""

import os
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from idp.composition import load_settings, prepare, wire
from idp.demo import seed, twins
from idp.demo.clients import ClientPlan, plans
from idp.demo.instance import HOST, DemoRefused, Instance, Memory, held, remember, require_free, write_private
from idp.demo.processes import Server, Servers
from idp.errors import IdpError
from idp.outbound import Outbound, OutboundSettings

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
        with Servers(instance.directory / "log") as servers:
            departments = department_servers(instance, memory, os.environ)
            servers.start(
                departments
            )  # They need nothing of the provider to start, so both get ready at once.
            content = _made_ready(instance, memory)
            house = [*house_servers(instance, memory, os.environ), *twins.servers(instance, os.environ)]
            servers.start(house)
            if not servers.wait_ready([*departments, *house], _answers(), stop):
                return
            write_private(instance.ready_file, content)
            told(content)
            while not stop.wait(WATCH_SECONDS):
                servers.require_running()


def house_servers(instance: Instance, memory: Memory, inherited: Mapping[str, str]) -> list[Server]:
    """The provider, the officers' console and the worker, as `yihao` runs them."""
    environment = {**instance.environment(inherited), **twins.environment(instance, memory)}
    serve = (*YIHAO, "serve", "--host", HOST, "--port")
    return [
        Server("provider", (*serve, str(instance.port)), environment, f"{instance.issuer}/health/ready"),
        Server(
            "console",
            (*serve, str(instance.port + 1), "--admin"),
            environment,
            f"{instance.console}/health/live",
        ),
        Server("worker", (*YIHAO, "worker"), environment, None),
    ]


def department_servers(instance: Instance, memory: Memory, inherited: Mapping[str, str]) -> list[Server]:
    """The two department applications: the kit's client on a WSGI server, as a department would run it."""
    departments = zip(plans(instance), memory.department_keys, instance.departments, strict=False)
    return [_department(instance, memory, inherited, *one) for one in departments]


def _made_ready(instance: Instance, memory: Memory) -> dict[str, Any]:
    """Keys, tables and people in place; the content of `demo.json`."""
    # On the operator's terminal only what is wrong; the servers have logs of their own.
    settings = load_settings({**instance.environment({}), "YIHAO_OBSERVE__LOG_LEVEL": "warning"})
    prepare(settings)
    services = wire(settings)
    try:
        seed.seed(services, instance, memory)
        twins.write_files(instance, memory, services)
        return seed.published(services, instance, memory)
    finally:
        services.close()


def _department(
    instance: Instance, memory: Memory, inherited: Mapping[str, str], plan: ClientPlan, key: str, address: str
) -> Server:
    port = address.rpartition(":")[2]
    own = {
        "ISSUER": instance.issuer,
        "CLIENT_ID": plan.client_id,
        "CLIENT_SECRET": memory.client_secrets[plan.client_id],
        "NAME": plan.name,
        "PORT": port,
        "BASE_URL": address,
        "ID_TOKEN_ALG": plan.algorithm,
        "SECRET_KEY": key,
        "SESSION_FILE": str(instance.directory / f"{plan.client_id}-sessions.db"),
    }
    granian = (sys.executable, "-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", port)
    command = (*granian, "--workers", "1", "--blocking-threads", "4", "--no-ws", "app:app")
    environment = {**instance.environment(inherited), **own}
    return Server(plan.client_id, command, environment, f"{address}/health", KIT)


def _answers() -> Callable[[str], bool]:
    outbound = Outbound(OutboundSettings(seconds=PROBE_SECONDS), allow_loopback=True)

    def answers(address: str) -> bool:
        try:
            outbound.get_json(address)
        except IdpError:
            return False
        return True

    return answers
