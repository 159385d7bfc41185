"""How nameko is set up: the traps measured in docs/architecture.md, each closed here."""

from typing import Any, ClassVar

from nameko.amqp.publish import Publisher
from nameko.rpc import Responder

from services.chassis.account_turns import WAITING, turns_of_room
from services.chassis.database import Database
from services.chassis.settings import Settings
from services.chassis.sync_bridge import SyncBridge

AMQP_HEARTBEAT = 20  # seconds

# A reply that cannot be published kills the service; so it is tried for as long as a broker's restart may take.
_PATIENCE: dict[str, Any] = {
    "max_retries": 100,
    "interval_start": 0.2,
    "interval_step": 0.5,
    "interval_max": 3,
}


class ReplyPublisher(Publisher):  # type: ignore[misc]
    """Replies are transient and unconfirmed: their caller has a deadline and asks again."""

    use_confirms = False
    delivery_mode = 1
    transport_options: ClassVar[dict[str, Any]] = {**_PATIENCE, "connect_retries_timeout": 600}
    retry_policy: ClassVar[dict[str, Any]] = dict(_PATIENCE)


def tune_nameko() -> None:
    """Replace nameko's own reply publisher."""
    Responder.publisher_cls = ReplyPublisher


def nameko_config(settings: Settings, database: Database, bridge: SyncBridge) -> dict[str, Any]:
    """nameko's configuration; its keys are a mix of cases, and a wrong one is silently ignored."""
    return {
        "AMQP_URI": settings.amqp_url,
        "HEARTBEAT": AMQP_HEARTBEAT,
        "max_workers": settings.max_workers + WAITING,
        # the default of 10 would cap the workers whatever max_workers says
        "PREFETCH_COUNT": settings.max_workers + WAITING,
        "TRANSPORT_OPTIONS": {**_PATIENCE, "connect_retries_timeout": 600},
        "KKT_SETTINGS": settings,
        "KKT_DATABASE": database,
        "KKT_BRIDGE": bridge,
        "KKT_TURNS": turns_of_room(settings.max_workers),
    }
