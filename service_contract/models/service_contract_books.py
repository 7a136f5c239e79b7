# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.tools import SQL


class ServiceContractBooks(models.Model):
    """A row that each settlement of a contract's usages writes.

    Rating reads what was charged before: the minimum of a day, hours worked so far,
    lots that were given back. Under REPEATABLE READ a lock does not show what another
    transaction has just charged, and not every rating draws from a counter. Whoever
    read before the last settlement loses here with 40001, and settles later.

    It is no column of the contract: usages refer to that, and recording one would
    then lose as well.
    """

    _name = "service.contract.books"
    _description = "Settlements of a Contract"
    _log_access = False
    _rec_name = "contract_id"

    contract_id = fields.Many2one(
        "service.contract", required=True, ondelete="cascade", index=True
    )
    version = fields.Integer(required=True, default=0, aggregator=None)

    _contract_uniq = models.UniqueIndex(
        "(contract_id)", "This contract has its books already."
    )

    @api.model
    def _turn(self, contracts):
        """Write the books of contracts, all in one statement.

        :raises SerializationFailure: where they were written since this transaction
            began to read
        """
        if not contracts:
            return
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO service_contract_books AS books (contract_id, version)
                VALUES %s
                ON CONFLICT (contract_id) DO UPDATE SET version = books.version + 1
                """,
                SQL(", ").join(SQL("(%s, 1)", id_) for id_ in sorted(contracts.ids)),
            )
        )
