"""`kkt-sim`: a register in a program, for people, demonstrations, tests and load runs.

record_rules, goods     what a goods record may hold; full loads and deltas to a new base, its hash
storage                 small named files that survive a power loss, on disk or in memory
intake                  the buffer: a load on its way in, chunk by chunk
register                the register itself: modes, loads, dialog, settings, its own log. No sockets
faults                  what can be made to go wrong, on request
link                    the connection: hello, beats, reconnecting
slips                   what the printer prints: 24-character lines
control                 how `kkt-sim mode`, `status`, `confirm` … reach a running register
simulator, fleet, cli   one register in a process, many in a process, the command line
"""
