"""How often registers beat is a setting; a link is silent by what its own register was told."""

from inspect import getmembers

import pytest
from nameko import config
from nameko.extensions import is_dependency

from services.chassis import clock
from services.chassis.settings import SettingsError, load_settings
from services.contracts.values import SystemActor, UserActor
from services.registers.links_service import LinksDoor
from services.registers.service import RegistersService
from services.registers.use_cases import sweeps
from tests.services.registers.registers_house import Device, RegistersHouse

GATEWAYS = SystemActor(name="gateways")
LINK = "5b0c1a52-7a0c-4a52-8f5b-0d1c6a3b9e11"
PLACES = {"KKT_AMQP_URL": "amqp://broker", "KKT_DATABASE_URL": "postgresql://database"}


def test_a_link_is_silent_after_two_and_a_half_of_its_own_heartbeats(room: RegistersHouse, alice: UserActor) -> None:
    usual, _ = room.connect(alice, Device(), "Касса 1")
    room.heartbeat_seconds = 60
    patient, _ = room.connect(alice, Device("04000002", "other key"), "Касса 2")
    device = Device("04000003", "third key")
    quick = room.add(alice, "Касса 3")
    room.heartbeat_seconds = 10
    assert room.hello(device, quick, LINK).heartbeat_seconds == 10
    room.heartbeat_seconds = 20
    assert room.hello(device, quick, LINK).heartbeat_seconds == 10  # told again, told the same
    for seconds, online in ((24, {usual.id, patient.id, quick.id}), (2, {usual.id, patient.id}), (50, {patient.id})):
        room.later(seconds=seconds)
        room.system(sweeps.mark_silent_links, room.now)
        seen = [room.see(alice, register) for register in (usual, patient, quick)]
        assert {one.id for one in seen if one.online} == online
    room.later(seconds=74)
    assert not room.see(alice, patient).online


@pytest.mark.parametrize(("text", "seconds"), [("", 30), ("5", 5)])
def test_the_setting_reaches_the_door(room: RegistersHouse, alice: UserActor, text: str, seconds: int) -> None:
    room.now = clock.now()  # the door's own
    register = room.add(alice)
    settings = load_settings({**PLACES, "KKT_HEARTBEAT_SECONDS": text})
    (provider,) = [one for name, one in getmembers(RegistersService, is_dependency) if name == "settings"]
    with config.patch({"KKT_SETTINGS": settings}), room.db.system(GATEWAYS) as session:
        door = LinksDoor()
        door.session, door.settings = session, provider.get_dependency(None)
        opened = door.open_link(GATEWAYS, Device().hello(register.kkt_id), LINK, "gateway-1", "192.0.2.1")
    assert opened.heartbeat_seconds == seconds


@pytest.mark.parametrize("text", ["0", "3601"])
def test_what_no_register_could_be_told_stops_the_boot(text: str) -> None:
    with pytest.raises(SettingsError):
        load_settings({**PLACES, "KKT_HEARTBEAT_SECONDS": text})
