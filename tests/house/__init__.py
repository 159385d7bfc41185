"""Fixtures that give tests the real thing: a database, a broker, or the whole running product.

`infrastructure`   a private PostgreSQL and RabbitMQ, once per run of pytest
`fresh_database`   the address of a migrated, empty database of this test's own
`fresh_vhost`      the address of an empty virtual host of this test's own
`house`            every process of the product against a database and virtual host of its own, once per run of pytest
`fragile_house`    the same for one test alone, with its own PostgreSQL and RabbitMQ, so that they may be killed
"""
