"""PostgreSQL and Valkey out of wheels, started and stopped by us: the demo, the tests and single commands run on them.

`python -m bowtie.embedded demo | exec -- COMMAND | up`. Nothing here imports Django.
"""
