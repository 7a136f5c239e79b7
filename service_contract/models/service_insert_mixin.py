# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, models
from odoo.models import MAGIC_COLUMNS
from odoo.tools import SQL, ormcache, split_every

ROWS_AT_ONCE = 1000


class ServiceInsertMixin(models.AbstractModel):
    """Rows of records in memory, to be inserted as they are.

    For hot spots only: neither computes, nor constraints, nor overrides of ``create``
    take part. Who uses it has to have them done before.
    """

    _name = "service.insert.mixin"
    _description = "Insert Computed Rows"

    def _get_row(self, given):
        """Return the values of the columns of a record in memory.

        :param given: values that it was made from; of others that nothing computes,
            empty ones stay empty, as in ``create``
        """
        self.ensure_one()
        row = {}
        for name, field, keeps_zero in self._get_row_fields():
            value = self[name]
            given_or_computed = field.compute or name in given
            if not value and value != "" and not (keeps_zero and given_or_computed):
                row[name] = None
                continue
            row[name] = field.convert_to_column_insert(
                field.convert_to_write(value, self), self
            )
        return row

    @api.model
    @ormcache()
    def _get_row_fields(self):
        """Return (name, field, whether empty is not NULL) of the columns."""
        return [
            (name, field, field.type in ("boolean", "float", "integer", "monetary"))
            for name, field in self._fields.items()
            if field.store and field.column_type and name not in MAGIC_COLUMNS
        ]

    @api.model
    def _insert_many(self, rows):
        """Insert rows a thousand at a time, after all that they refer to."""
        self.env.flush_all()
        return [
            id_
            for chunk in split_every(ROWS_AT_ONCE, rows, list)
            for id_ in self._insert_rows(chunk)
        ]

    @api.model
    def _insert_rows(self, rows):
        """Insert rows that have all the same columns and return their ids."""
        now = self.env.cr.now()
        magic = {
            "create_uid": self.env.uid,
            "create_date": now,
            "write_uid": self.env.uid,
            "write_date": now,
        }
        names = [*rows[0], *magic]
        ids = self.env.execute_query(
            SQL(
                "INSERT INTO %s (%s) VALUES %s RETURNING id",
                SQL.identifier(self._table),
                SQL(", ").join(map(SQL.identifier, names)),
                SQL(", ").join(
                    SQL("%s", (*row.values(), *magic.values())) for row in rows
                ),
            )
        )
        return [id_ for (id_,) in ids]

    @api.model
    def _insert_relations(self, name, pairs):
        """Insert pairs of ids into the table of a many2many field."""
        if not pairs:
            return
        field = self._fields[name]
        self.env.cr.execute(
            SQL(
                "INSERT INTO %s (%s, %s) VALUES %s",
                SQL.identifier(field.relation),
                SQL.identifier(field.column1),
                SQL.identifier(field.column2),
                SQL(", ").join(SQL("%s", pair) for pair in pairs),
            )
        )
