"""`yihao client` as officers meet it: who is there, and a least level that holds from then on."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from idp.cli import main
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider, SqliteTemplate


def _run(environment: dict[str, str], *words: str) -> Result:
    return CliRunner().invoke(main, ["client", *words], env={**environment, "LC_ALL": "zh_CN.UTF-8"})


def test_a_level_that_is_set_is_asked_for_and_written_down(
    tmp_path: Path, sqlite_template: SqliteTemplate
) -> None:
    """Set beside a running provider: the next request asks for one more step; the event tells what it was before."""
    environment = sqlite_template.copy(tmp_path)
    provider = Provider(environment)
    person, made = provider.make.person(), provider.make.client()
    party = RelyingParty(provider, made)
    browser = Browser(provider).open("/account").sign_in(person)
    done = _run(environment, "require", made.client_id, "--aal", "2", "--json")
    assert json.loads(done.stdout) == {
        "schema": 1,
        "client_id": made.client_id,
        "least_aal": 2,
        "least_ial": 0,
    }
    provider.clock.advance(2)
    assert browser.open(party.authorize_url()).path == "/login/more"
    (event,) = provider.events("client.levels_changed")
    assert event.object == f"client:{made.client_id}" and event.actor.startswith("cli:")
    assert json.loads(event.details)["least_aal_before"] == 1
    told = json.loads(_run(environment, "list", "--json").stdout)["clients"]
    assert [one["least_aal"] for one in told if one["client_id"] == made.client_id] == [2]
    provider.close()


def test_what_is_wrong_is_said_and_changes_nothing(tmp_path: Path, sqlite_template: SqliteTemplate) -> None:
    """An unknown client, nothing to change, a level that there is none of."""
    environment = sqlite_template.copy(tmp_path)
    unknown = _run(environment, "require", "nobody", "--aal", "2")
    assert unknown.exit_code == 1 and "没有这个应用接入编号" in unknown.output
    nothing = _run(environment, "require", "nobody")
    assert nothing.exit_code != 0 and "--aal" in nothing.output
    assert _run(environment, "require", "nobody", "--aal", "4").exit_code == 2
    provider = Provider(environment)
    assert provider.events("client.levels_changed") == []
    provider.close()
