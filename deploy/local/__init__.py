"""The product on one machine: a private PostgreSQL, a private RabbitMQ and every process of ours, under one supervisor.

Purpose
    `kkt up` and the tests run the same thing in different folders. A *house* is one such running set; its folder
    (`.kkt/` by default) holds everything that belongs to it: data, logs, ports, passwords, the state file.

What must hold
    - One supervisor per folder (an flock that the kernel drops with the process).
    - Nothing listens on an address other than loopback unless a person set KKT_HTTP_HOST or KKT_LINK_HOST.
    - A child never outlives its supervisor; what a `kill -9` leaves behind is found and ended by the next start.
    - Only processes that this house started are ever ended (they carry the house's mark in their environment).
    - Data is never deleted by any command of this package.

May depend on: the standard library. It is imported by `deploy.cli` and by the tests' fixtures only.
"""
