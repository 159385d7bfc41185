"""What the registers room can do: one function per verb, its tools as arguments.

    registers, groups, settings     what people keep
    exchanges                       what people start and take back
    links                           what a gateway opens, closes and hears
    reports, work                   what a gateway does next and what became of it
    base_facts                      what the catalog room tells
    sweeps                          what time does
Below them: turn (one locked register), steps (one move of an exchange), goods (price truth), price_lists, starting,
binding and liveness (what a hello means), views.
"""
