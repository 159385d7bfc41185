"""`python -m tests.bus.echo_service`: the room of echo_contract as a process of its own."""

from services.chassis.boot import SERVICES, prepare_process, run_service

if __name__ == "__main__":
    prepare_process()
    from services.chassis.rpc_wire import SERVICE_OF

    SERVICES["echo"] = "tests.bus.echo_doors:EchoService"
    SERVICE_OF["EchoRpc"] = "echo"
    run_service("echo")
