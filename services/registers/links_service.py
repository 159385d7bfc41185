"""Doors of the registers room for device gateways."""

from sqlalchemy.orm import Session

from services.chassis.clock import now
from services.chassis.own_settings import own_settings
from services.contracts.links import Beat, Hello, LinkOpened
from services.contracts.registers import RegisterMode
from services.contracts.values import ExchangeId, Json, RegisterActor, RegisterId, SystemActor
from services.contracts.work import ProgressNote, Report, Work
from services.registers.use_cases import links, reports, work


class LinksDoor:
    """The doors for LinksRpc; the service class inherits it."""

    session: Session
    settings = own_settings()

    def open_link(self, actor: SystemActor, hello: Hello, link: str, gateway: str, address: str) -> LinkOpened:
        """See LinksRpc."""
        beats_every = self.settings.heartbeat_seconds
        return links.open_link(self.session, hello, link, gateway, address, now(), beats_every)

    def close_link(self, actor: RegisterActor, link: str) -> None:
        """See LinksRpc."""
        links.close_link(self.session, actor, link, now())

    def beats(self, actor: SystemActor, beats: tuple[Beat, ...]) -> tuple[RegisterId, ...]:
        """See LinksRpc."""
        return links.hear_beats(self.session, beats, now())

    def mode_changed(self, actor: RegisterActor, mode: RegisterMode) -> Work | None:
        """See LinksRpc."""
        return links.change_mode(self.session, actor, mode, now())

    def due(self, actor: RegisterActor) -> Work | None:
        """See LinksRpc."""
        return work.due(self.session, actor, now())

    def report(self, actor: RegisterActor, exchange: ExchangeId, report: Report) -> Work | None:
        """See LinksRpc."""
        return reports.take_report(self.session, actor, exchange, report, now())

    def note_progress(self, actor: SystemActor, notes: tuple[ProgressNote, ...]) -> None:
        """See LinksRpc."""
        links.note_progress(self.session, notes, now())

    def settings_read(self, actor: RegisterActor, exchange: ExchangeId | None, settings: dict[str, Json]) -> None:
        """See LinksRpc."""
        reports.take_settings(self.session, actor, exchange, settings, now())
