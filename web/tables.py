"""Tables that web processes share among themselves: counts of requests.

Nothing here is sealed, and nothing here says anything of a person or a society: a counted name is
a keyed hash, and a row ends minutes after its window.
"""

from sqlalchemy import BigInteger, Column, Integer, String, Table

from trust.database import metadata

request_count = Table(
    "request_count",
    metadata,
    Column("name", String(120), primary_key=True),
    Column("window", BigInteger, primary_key=True, autoincrement=False),
    Column("hits", Integer, nullable=False),
    Column("until", BigInteger, nullable=False, index=True),
)
