"""The plugin `messages`: text message gateways, as the settings name them."""

from collections.abc import Mapping
from typing import Any

from adapters.messages.settings import SmsSettings
from adapters.messages.sms import SmsGateway
from idp.plugins import Contributions, Ways
from idp.settings import Section


class MessagesPlugin:
    """Gives ways out and nothing else."""

    name = "messages"
    sections: Mapping[str, type[Section]] = {"sms": SmsSettings}

    def ways(self, base: Any) -> Ways:
        """A gateway for each entry in the settings, in their order."""
        settings: SmsSettings = base.settings.sms
        gateways = (
            SmsGateway(entry, settings.system, base.outbound, base.keyring, base.clock)
            for entry in settings.entries
        )
        return Ways(gateways=tuple(gateways))

    def contribute(self, services: Any) -> Contributions:
        """Nothing."""
        return Contributions()


plugin = MessagesPlugin()
