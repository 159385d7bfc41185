"""The supervisor of one house: brings everything up in order, keeps it up, takes it down in order."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterable

from deploy.local.child import Child
from deploy.local.infrastructure import demand_given_servers, prepare_infrastructure
from deploy.local.leftovers import end_leftovers
from deploy.local.logs import rotate, tail
from deploy.local.one_shot import make_first_accounts, migrate
from deploy.local.place import HousePlace
from deploy.local.ports import demand_free
from deploy.local.processes import service_specs
from deploy.local.settings import HouseSettings
from deploy.local.state import HouseState, ProcessState, write_state
from deploy.refusal import CommandRefusedError

#: How long a whole start may take before it is given up (a slow disk, a first start), seconds.
START_SECONDS = 180.0
#: A process that dies this often before it was ever ready will not start by itself.
HOPELESS_DEATHS = 6
#: How often processes are asked whether they are ready, seconds: while starting, and later.
PROBE_STARTING, PROBE_RUNNING = 0.1, 1.0
#: They are stopped last, in this order: services still finish their work with both of them.
INFRASTRUCTURE = ("rabbitmq", "epmd", "postgres")


class Supervisor:
    """Runs one house until told to stop. The caller holds the house's lock."""

    def __init__(
        self,
        place: HousePlace,
        settings: HouseSettings,
        say: Callable[[str], None],
        when_ready: Callable[[], None],
    ) -> None:
        self._place = place
        self._settings = settings
        self._say = say
        self._when_ready = when_ready
        self._phase = "starting"
        self._reason = ""
        self._children: dict[str, Child] = {}
        self._edges: set[str] = set()
        self._database_url = settings.database_url or ""
        self._amqp_url = settings.amqp_url or ""
        self._node = ""
        self._deadline = time.monotonic() + START_SECONDS

    @property
    def reason(self) -> str:
        """Why it could not start, in a sentence; empty when it was simply told to stop."""
        return self._reason

    async def run(self) -> None:
        """The whole life, until SIGINT, SIGTERM or SIGHUP."""
        stop = asyncio.Event()
        for which in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(which, stop.set)
        self._publish()
        work = asyncio.create_task(self._bring_up_and_watch())
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({work, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()  # it only ends by an exception
        except CommandRefusedError as refusal:
            self._reason = str(refusal)
        finally:
            for task in (work, stopping):
                task.cancel()
            await asyncio.gather(work, stopping, return_exceptions=True)
            await self._take_down()

    async def _bring_up_and_watch(self) -> None:
        end_leftovers(self._place)
        if self._settings.with_services:
            demand_free(self._settings.http_port, self._settings.http_host, "pages and API", "KKT_HTTP_PORT")
            demand_free(self._settings.link_port, self._settings.link_host, "register link", "KKT_LINK_PORT")
        await demand_given_servers(self._settings)
        await self._start_infrastructure()
        if self._settings.with_services:
            await self._start_services()
        self._phase = "ready"
        self._publish()
        self._when_ready()
        while True:
            await asyncio.sleep(PROBE_RUNNING)
            await self._probe(self._children)
            for child in self._children.values():
                rotate(child.log_file)

    async def _start_infrastructure(self) -> None:
        servers = prepare_infrastructure(self._place, self._settings)
        if servers.database is not None or servers.broker is not None:
            self._say("Starting PostgreSQL and RabbitMQ …")
        if servers.broker is not None:
            servers.broker.create()
            self._amqp_url, self._node = servers.broker.url, servers.broker.node
            self._add(Child(servers.broker.epmd_spec(), self._place.logs, self._publish))
            # Without one the node starts a port mapper of its own, which would outlive us.
            await self._wait_ready(["epmd"])
            self._add(Child(servers.broker.spec(), self._place.logs, self._publish))
            await asyncio.sleep(0)  # let it start: making the cluster below blocks while the broker boots
        if servers.database is not None:
            servers.database.create()
            self._database_url = servers.database.url
            self._add(Child(servers.database.spec(), self._place.logs, self._publish))
            await self._wait_ready(["postgres"])
            servers.database.create_login()
        if self._settings.with_services:
            self._say("Migrating the database …")
            await migrate(self._place, self._database_url)
        await self._wait_ready(self._children)

    async def _start_services(self) -> None:
        self._say("Starting the services …")
        specs = service_specs(self._place, self._settings, self._database_url, self._amqp_url)
        for name, (is_edge, spec) in specs.items():
            if is_edge:
                self._edges.add(name)
            self._add(Child(spec, self._place.logs, self._publish))
        await self._wait_ready(self._children)
        if self._settings.first_account:
            await make_first_accounts(self._place, self._database_url, self._amqp_url)

    async def _take_down(self) -> None:
        self._phase = "stopping"
        self._publish()
        if self._children:
            self._say("Stopping …")
        rooms = [name for name in self._children if name not in self._edges and name not in INFRASTRUCTURE]
        for step in (sorted(self._edges), rooms, *([name] for name in INFRASTRUCTURE)):
            children = [self._children[name] for name in step if name in self._children]
            await asyncio.gather(*(child.stop() for child in children))
        self._phase = "failed" if self._reason else "stopped"
        self._publish()

    def _add(self, child: Child) -> None:
        self._children[child.spec.name] = child
        child.start()

    async def _wait_ready(self, names: Iterable[str]) -> None:
        """Wait until all of them are ready. Refuses with the last lines of a log when one cannot start."""
        waited = [self._children[name] for name in names]
        while True:
            await self._probe(child.spec.name for child in waited)
            late = [child for child in waited if not child.ready]
            if not late:
                return
            for child in late:
                if child.restarts >= HOPELESS_DEATHS or time.monotonic() > self._deadline:
                    raise CommandRefusedError(_does_not_start(child))
            await asyncio.sleep(PROBE_STARTING)

    async def _probe(self, names: Iterable[str]) -> None:
        await asyncio.gather(*(self._children[name].probe() for name in names))

    def _publish(self) -> None:
        write_state(
            self._place,
            HouseState(
                phase=self._phase,
                supervisor=os.getpid(),
                http_url=self._settings.http_url,
                link_url=self._settings.link_url,
                database_url=self._database_url,
                amqp_url=self._amqp_url,
                rabbitmq_node=self._node,
                reason=self._reason,
                processes=tuple(
                    ProcessState(name, child.pid, child.port, child.restarts, child.ready)
                    for name, child in self._children.items()
                ),
            ),
        )


def _does_not_start(child: Child) -> str:
    last = "\n    ".join(tail(child.log_file, 12)) or "(the log is empty)"
    return f"'{child.spec.name}' does not start. The last lines of {child.log_file}:\n    {last}"
