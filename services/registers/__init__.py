"""The registers room: registers, their groups, links, settings and exchanges, and the truth about their prices.

What must hold
    - One register is one lock: whatever changes a register, its link or its exchanges locks its row first, and
      nobody locks two registers but in the order of their ids.
    - Only the newest link's words count: every report carries the epoch of its link.
    - A register has at most one load that it began to receive and one that waits, the newest.
    - The gateway never decides: what is to be done is chosen by `domain/work_choice.py`, what may become of an exchange
      stands in `domain/exchange_states.py`, whom an ID lets in stands in `domain/link_rules.py`.
    - A promise is a committed row; pokes and live messages may be lost.
"""
