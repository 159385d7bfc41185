"""The tenancy sweep: every RPC is called over the bus as Charlie, a stranger, with Alice's ids.

What Charlie is told must be what he is told about things that do not exist, must hold nothing of Alice's, and must have
changed nothing of hers. A method without a sample call fails the sweep: see samples.py.
"""
