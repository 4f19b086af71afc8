"""``flask db grant``: what the application's role may do on PostgreSQL, and nothing more.

The rights follow from the tables' own declarations (``models.base.placed``), so that a table that
only grows cannot be changed by the application whatever becomes of its triggers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import click
import sqlalchemy as sa

from models.base import is_sealed
from models.tables import Base

#: Table, column ('' for the whole table), privilege.
Right: TypeAlias = tuple[str, str, str]

VERSIONS = "alembic_version"
PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
#: Privileges that can be given on single columns.
BY_COLUMN = ("SELECT", "INSERT", "UPDATE", "REFERENCES")

_ROLE = sa.text(
    "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR EXISTS ("
    " SELECT 1 FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace"
    " AND pg_has_role(:role, c.relowner, 'MEMBER'))"
    # Whatever another role may do is one SET ROLE away.
    " OR rolbypassrls OR EXISTS (SELECT 1 FROM pg_auth_members m WHERE m.member = pg_roles.oid)"
    " FROM pg_roles WHERE rolname = :role"
)
_GIVEN = sa.text(
    "SELECT c.relname, '', x.privilege_type FROM pg_class c, aclexplode(c.relacl) x"
    " WHERE c.relnamespace = current_schema()::regnamespace AND x.grantee = to_regrole(:role)"
    " AND c.relkind <> 'S' UNION SELECT c.relname, a.attname, x.privilege_type"
    " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid, aclexplode(a.attacl) x"
    " WHERE c.relnamespace = current_schema()::regnamespace AND x.grantee = to_regrole(:role)"
)
_TABLES = sa.text(
    "SELECT c.relname FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace"
    " AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY c.relname"
)
#: Our own functions that are called; what triggers run asks for no right.
_FUNCTIONS = sa.text(
    "SELECT p.oid::regprocedure::text FROM pg_proc p"
    " WHERE p.pronamespace = current_schema()::regnamespace AND p.proname LIKE 'timebank\\_%'"
    " AND p.prorettype <> 'trigger'::regtype AND NOT EXISTS (SELECT 1 FROM aclexplode(p.proacl) x"
    " WHERE x.grantee = to_regrole(:role) AND x.privilege_type = 'EXECUTE')"
)
#: Names within the schema and the database, and what stands in the way of an honest role.
_WIDE = sa.text(
    "SELECT current_schema(), current_database(),"
    " has_schema_privilege(:role, current_schema(), 'USAGE'),"
    " has_schema_privilege(:role, current_schema(), 'CREATE'),"
    " has_database_privilege(:role, current_database(), 'CONNECT'),"
    " has_database_privilege(:role, current_database(), 'CREATE'),"
    " has_database_privilege(:role, current_database(), 'TEMPORARY')"
)
_HAS_TABLE = sa.text("SELECT has_table_privilege(:role, quote_ident(:table), :privilege)")
_COLUMNS = sa.text(
    "SELECT a.attname FROM pg_attribute a WHERE a.attrelid = quote_ident(:table)::regclass"
    " AND a.attnum > 0 AND NOT a.attisdropped"
    " AND has_column_privilege(:role, a.attrelid, a.attname, :privilege)"
)


@dataclass(frozen=True, slots=True)
class Wide:
    """What a role can do beside single tables."""

    schema: str
    database: str
    uses: bool
    creates: bool
    connects: bool
    creates_schemas: bool
    creates_temporary: bool


def rights_of(table: sa.Table) -> set[Right]:
    """What the application needs on a table, by what the table declares of itself."""
    found: set[Right] = {(table.name, "", "SELECT"), (table.name, "", "INSERT")}
    changes = table.info["changes"]
    if changes is None:
        found.add((table.name, "", "UPDATE"))
    else:
        sealed = {column.name for column in table.columns if is_sealed(column.name)}
        found |= {(table.name, column, "UPDATE") for column in {*changes, *sealed}}
    if table.info["deletes"]:
        found.add((table.name, "", "DELETE"))
    return found


def wanted_rights(existing: Iterable[str]) -> set[Right]:
    """What the application needs on the tables that exist; on a stranger's table nothing."""
    found: set[Right] = set()
    for name in existing:
        if name in Base.metadata.tables:
            found |= rights_of(Base.metadata.tables[name])
        elif name == VERSIONS:
            found.add((name, "", "SELECT"))
    return found


def grant_rights(connection: sa.Connection, role: str) -> list[str]:
    """Give a role exactly the rights that the product needs; returns what was executed.

    Runs as the owner of the tables. Raises a click error for a role that does not exist or that
    no right can bind, when the connection's role is not the owner, and when the role still has
    more than it should through another role.
    """
    _refuse_unfit(connection, role)
    done = [*_open_doors(connection, role), *_close_doors(connection, role)]
    wanted = wanted_rights(connection.scalars(_TABLES))
    for surplus in (True, False):
        given = _given(connection, role)
        changes = _grouped(given - wanted if surplus else wanted - given)
        done += [_change(connection, role, right, surplus=surplus) for right in changes]
    functions = connection.scalars(_FUNCTIONS, {"role": role}).all()
    done += [_run(connection, f"GRANT EXECUTE ON FUNCTION {name} TO", role) for name in functions]
    # A stranger's GRANT is no error to the server: it gives nothing and says so in a warning.
    lacking = sorted({right[0] for right in wanted - _given(connection, role)})
    if lacking:
        raise click.ClickException(
            f"未能授权：{'、'.join(lacking[:10])}。"
            "请以表的所有者连接，设置 TIMEBANK_OWNER_DATABASE_URL。"
            " Not granted: connect as the tables' owner, by TIMEBANK_OWNER_DATABASE_URL."
        )
    more = surplus_rights(connection, role)
    if more:
        shown = "、".join(more[:10])
        raise click.ClickException(
            f"角色 {role} 通过其他角色或 PUBLIC 仍有多余的权限：{shown}。"
            f" The role still has more rights than it should, through another role or PUBLIC."
        )
    return done


def surplus_rights(connection: sa.Connection, role: str) -> list[str]:
    """What the role can do in fact, by whatever way, beyond what the product needs."""
    found = []
    tables = list(connection.scalars(_TABLES))
    wanted = wanted_rights(tables)
    for table in tables:
        for privilege in PRIVILEGES:
            if (table, "", privilege) in wanted:
                continue
            asked = {"role": role, "table": table, "privilege": privilege}
            if connection.scalar(_HAS_TABLE, asked):
                found.append(f"{privilege} {table}")
            elif privilege in BY_COLUMN:
                found += [
                    f"{privilege} {table}.{column}"
                    for column in connection.scalars(_COLUMNS, asked)
                    if (table, column, privilege) not in wanted
                ]
    wide = _wide(connection, role)
    may = {
        f"CREATE ON SCHEMA {wide.schema}": wide.creates,
        f"CREATE ON DATABASE {wide.database}": wide.creates_schemas,
        f"TEMPORARY ON DATABASE {wide.database}": wide.creates_temporary,
    }
    return [*found, *(words for words, does in may.items() if does)]


def _refuse_unfit(connection: sa.Connection, role: str) -> None:
    unfit = connection.execute(_ROLE, {"role": role}).first()
    if unfit is None:
        raise click.ClickException(
            f"没有角色 {role}，请先执行：CREATE ROLE {role} LOGIN。"
            " There is no such role: create it first."
        )
    if unfit[0]:
        raise click.ClickException(
            f"角色 {role} 是表的所有者、有管理权限，或属于别的角色：权限约束不了它，"
            "请另建一个普通角色。 The role owns the tables, may administer the server or is a"
            " member of another role: no right binds it."
        )


def _wide(connection: sa.Connection, role: str) -> Wide:
    return Wide(*connection.execute(_WIDE, {"role": role}).one())


def _given(connection: sa.Connection, role: str) -> set[Right]:
    return {(row[0], row[1], row[2]) for row in connection.execute(_GIVEN, {"role": role})}


def _open_doors(connection: sa.Connection, role: str) -> list[str]:
    wide = _wide(connection, role)
    schema, database = _quoted(connection, wide.schema), _quoted(connection, wide.database)
    done = []
    if not wide.connects:
        done.append(_run(connection, f"GRANT CONNECT ON DATABASE {database} TO", role))
    if not wide.uses:
        done.append(_run(connection, f"GRANT USAGE ON SCHEMA {schema} TO", role))
    return done


def _close_doors(connection: sa.Connection, role: str) -> list[str]:
    """Nothing of its own: a temporary table could stand before one that a trigger looks into."""
    wide = _wide(connection, role)
    schema, database = _quoted(connection, wide.schema), _quoted(connection, wide.database)
    shut = []
    if wide.creates:
        shut.append(f"REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC,")
    if wide.creates_schemas:
        shut.append(f"REVOKE CREATE ON DATABASE {database} FROM PUBLIC,")
    if wide.creates_temporary:
        shut.append(f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC,")
    return [_run(connection, statement, role) for statement in shut]


def _grouped(rights: Iterable[Right]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Columns of one table and privilege together: (table, privilege, columns or none)."""
    found: dict[tuple[str, str], set[str]] = {}
    for table, column, privilege in rights:
        found.setdefault((table, privilege), set()).add(column)
    return [
        (table, privilege, () if "" in columns else tuple(sorted(columns)))
        for (table, privilege), columns in sorted(found.items())
    ]


def _change(
    connection: sa.Connection, role: str, right: tuple[str, str, tuple[str, ...]], *, surplus: bool
) -> str:
    table, privilege, columns = right
    named = ", ".join(_quoted(connection, column) for column in columns)
    what = f"{privilege} ({named})" if named else privilege
    verb, way = ("REVOKE", "FROM") if surplus else ("GRANT", "TO")
    return _run(connection, f"{verb} {what} ON {_quoted(connection, table)} {way}", role)


def _run(connection: sa.Connection, statement: str, role: str) -> str:
    whole = f"{statement} {_quoted(connection, role)}"
    connection.exec_driver_sql(whole)
    return whole


def _quoted(connection: sa.Connection, name: str) -> Any:
    return connection.dialect.identifier_preparer.quote(name)
