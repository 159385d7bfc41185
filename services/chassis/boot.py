"""`python -m services.chassis.boot NAME`: run one core service.

Order matters here and nowhere else: psycopg's way of waiting and eventlet's patches must stand before anything that
uses them is imported, so this module imports its tools inside functions.
"""

# ruff: noqa: PLC0415

import importlib
import os
import sys
from typing import Any

SERVICES = {
    "identity": "services.identity.service:IdentityService",
    "registers": "services.registers.service:RegistersService",
    "catalog": "services.catalog.service:CatalogService",
}


def prepare_process() -> None:
    """Choose psycopg's cooperative wait and patch the standard library. Must come before any other import."""
    os.environ["PSYCOPG_WAIT_FUNC"] = "wait_selector"
    import eventlet

    eventlet.monkey_patch()


def run_service(name: str) -> None:
    """Run the service until it is told to stop. Call `prepare_process` first."""
    from nameko import config
    from nameko.runners import ServiceRunner

    from services.chassis.database import Database, assert_wait_is_cooperative
    from services.chassis.health import serve_health
    from services.chassis.housekeeping import Housekeeping
    from services.chassis.logs import configure_logs, get_logger
    from services.chassis.nameko_tuning import nameko_config, tune_nameko
    from services.chassis.relay import Relay
    from services.chassis.settings import load_settings
    from services.chassis.sync_bridge import SyncBridge

    configure_logs(name)
    settings = load_settings(os.environ)
    assert_wait_is_cooperative()
    tune_nameko()
    database = Database(settings.database_url, name, settings.pool_size)
    bridge = SyncBridge(settings.amqp_url, settings.rpc_timeout)
    config.setup(nameko_config(settings, database, bridge))
    relay, housekeeping = Relay(database, bridge.client), Housekeeping(database)

    module, _, cls = SERVICES[name].partition(":")
    runner = ServiceRunner()
    runner.add_service(getattr(importlib.import_module(module), cls))
    serving: list[bool] = []
    checks = {
        "database": database.alive,
        "bus": lambda: bridge.client.ready,
        "relay": lambda: relay.alive,
        "serving": lambda: bool(serving),
    }
    serve_health(settings.health_host, settings.health_port, checks)
    _stop_on_signals(runner)
    relay.start()
    housekeeping.start()
    runner.start()
    serving.append(True)
    get_logger(__name__).info("serving", service=name)
    runner.wait()
    relay.stop()
    housekeeping.stop()
    bridge.close()
    database.close()


def _stop_on_signals(runner: Any) -> None:
    """A termination signal lets the calls under way finish."""
    import signal

    import eventlet

    def stop(_signal: int, _frame: object) -> None:
        eventlet.spawn_n(runner.stop)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


def main() -> None:
    """The command line: the one argument is the service's name."""
    prepare_process()
    if len(sys.argv) != 2 or sys.argv[1] not in SERVICES:
        sys.exit(f"usage: python -m services.chassis.boot {{{'|'.join(SERVICES)}}}")
    run_service(sys.argv[1])


if __name__ == "__main__":
    main()
