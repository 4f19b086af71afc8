"""Alembic's environment: the application's own metadata, engine and settings."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, text

from migrations.guards import compared_on
from models.tables import Base

config = context.config


def run(connection: Connection) -> None:
    """Migrate over one connection, in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        include_object=compared_on(connection.dialect.name),
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            # A distributed server changes many placements at once only when told to go in
            # sequence; a single server accepts the setting and ignores it.
            connection.execute(text("SET LOCAL citus.multi_shard_modify_mode TO 'sequential'"))
        context.run_migrations()


def main() -> None:
    """Use the connection that the caller passes, or the URL in the settings."""
    connection = config.attributes.get("connection")
    if connection is not None:
        run(connection)
        return
    from os import environ  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415 - only the command line needs the settings

    from timebank.settings import load_settings  # noqa: PLC0415
    from timebank.uow import make_engine  # noqa: PLC0415

    url = config.file_config.get("alembic", "sqlalchemy.url", fallback=None)
    if url is None:
        settings = load_settings(environ, Path(__file__).parent.parent)
        url = settings.owner_database_url or settings.database_url
    engine = make_engine(url)
    try:
        with engine.connect() as opened:
            run(opened)
            opened.commit()
    finally:
        engine.dispose()


main()
