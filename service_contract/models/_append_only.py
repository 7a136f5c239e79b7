# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo.tools import SQL


def protect_columns(cr, table, columns, goes_with_parent=False, sealed=None):
    """Make the database refuse to delete rows of a table or change some columns.

    :param table: table of an append-only model
    :param columns: columns that hold the facts; the others may change
    :param goes_with_parent: rows may be deleted by the cascade of a foreign key, which
        is itself a trigger, so that ours is nested in it
    :param sealed: the open state, and columns that may change as long as ``state`` is
        that one
    """
    deleted = SQL("TG_OP = 'DELETE'")
    if goes_with_parent:
        deleted = SQL("(TG_OP = 'DELETE' AND pg_trigger_depth() < 2)")
    changed = _changed(columns)
    if sealed:
        state, names = sealed
        changed = SQL(
            "%s OR (OLD.state <> %s AND (%s))", changed, state, _changed(names)
        )
    name = f"{table}_append_only"
    cr.execute(
        SQL(
            """
            CREATE OR REPLACE FUNCTION %(function)s() RETURNS trigger AS $$
            BEGIN
                IF %(deleted)s OR (TG_OP = 'UPDATE' AND (%(changed)s)) THEN
                    RAISE EXCEPTION USING
                        ERRCODE = 'restrict_violation',
                        MESSAGE = TG_TABLE_NAME || ' is append-only: post a correction';
                END IF;
                RETURN COALESCE(NEW, OLD);
            END
            $$ LANGUAGE plpgsql;
            DROP TRIGGER IF EXISTS %(trigger)s ON %(table)s;
            CREATE TRIGGER %(trigger)s BEFORE UPDATE OR DELETE ON %(table)s
                FOR EACH ROW EXECUTE FUNCTION %(function)s()
            """,
            function=SQL.identifier(name),
            trigger=SQL.identifier(name),
            table=SQL.identifier(table),
            changed=changed,
            deleted=deleted,
        )
    )


def _changed(columns):
    return SQL(" OR ").join(
        SQL(
            "OLD.%s IS DISTINCT FROM NEW.%s",
            SQL.identifier(column),
            SQL.identifier(column),
        )
        for column in columns
    )
