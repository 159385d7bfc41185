"""The exchanges of the bus, declared by every writer when it connects: a wiped broker is whole again by itself."""

import amqp

from services.contracts.live import LIVE_EXCHANGE, POKE_EXCHANGE

RPC_EXCHANGE = "nameko-rpc"  # the name nameko gives it
FACTS_EXCHANGE = "kkt.facts"  # the routing key is the room whose event log has grown

_EXCHANGES = {
    RPC_EXCHANGE: "topic",
    FACTS_EXCHANGE: "direct",
    LIVE_EXCHANGE: "topic",  # the routing key is the account
    POKE_EXCHANGE: "direct",  # the routing key is the register
}


def declare_exchanges(channel: amqp.Channel) -> None:
    """Make the exchanges that are not there."""
    for name, kind in _EXCHANGES.items():
        channel.exchange_declare(name, kind, durable=True, auto_delete=False)
