"""Search by any three letters of a device's search key: FTS5 trigrams on SQLite, pg_trgm on PostgreSQL."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SQLITE = (
    """CREATE VIRTUAL TABLE device_search USING fts5(
        search_key, content='device', content_rowid='id', tokenize='trigram')""",
    """CREATE TRIGGER device_search_insert AFTER INSERT ON device BEGIN
        INSERT INTO device_search(rowid, search_key) VALUES (NEW.id, NEW.search_key); END""",
    """CREATE TRIGGER device_search_update AFTER UPDATE OF search_key ON device
        WHEN OLD.search_key IS NOT NEW.search_key BEGIN
        INSERT INTO device_search(device_search, rowid, search_key) VALUES ('delete', OLD.id, OLD.search_key);
        INSERT INTO device_search(rowid, search_key) VALUES (NEW.id, NEW.search_key); END""",
    """CREATE TRIGGER device_search_delete AFTER DELETE ON device BEGIN
        INSERT INTO device_search(device_search, rowid, search_key) VALUES ('delete', OLD.id, OLD.search_key); END""",
)

POSTGRES = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX ix_device_search_key_trigram ON device USING gin (search_key gin_trgm_ops)",
)


def upgrade() -> None:
    statements = SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRES
    for statement in statements:
        op.execute(statement)
