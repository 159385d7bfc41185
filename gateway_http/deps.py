"""What every page, API resource and stream is built with."""

import msgspec

from gateway_http.bus import Bus
from gateway_http.i18n import Language
from gateway_http.settings import HttpSettings


class Deps(msgspec.Struct, frozen=True):
    """The composition root's gifts; made once by `create_app`."""

    bus: Bus
    settings: HttpSettings
    languages: dict[str, Language]
