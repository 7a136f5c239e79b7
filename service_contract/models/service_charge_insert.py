# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from psycopg2.extras import Json

from odoo import api, models

# Charges that nothing but rating has a say in.
PLAIN_KINDS = ("covered", "billable")


class ServiceCharge(models.Model):
    """Plain charges are inserted as they are, many in one statement.

    Made one by one by the ORM they take three quarters of the time of rating, nearly
    all of it for related columns that are known beforehand. What comes out is the same
    field by field, which ``tests/test_charge_insert.py`` compares.
    """

    _name = "service.charge"
    _inherit = ["service.charge", "service.insert.mixin"]

    @api.model
    def _insert_plain(self, vals_list):
        """Insert charges of plain kinds.

        :param vals_list: see ``_prepare_charge``, with ``entry_id``
        :return: the charges
        """
        if not vals_list:
            return self.browse()
        bill_dates = {}
        rows = [self._get_plain_row(vals, bill_dates) for vals in vals_list]
        charges = self.browse(self._insert_many(rows))
        for model, name in (
            ("service.usage", "charge_ids"),
            ("service.contract", "charge_ids"),
            ("helpdesk.ticket", "service_charge_ids"),
        ):
            self.env[model].invalidate_model([name], flush=False)
        charges.modified(rows[0])
        return charges

    @api.model
    def _get_plain_row(self, vals, bill_dates):
        """Return the row of a charge, all columns of it.

        :param bill_dates: what is known of them by line and day; filled
        """
        usage = self.env["service.usage"].browse(vals["usage_id"])
        line = usage.contract_line_id
        contract = line.contract_id
        bill_date = None
        if vals["kind"] == "billable" and vals["amount"] > 0:
            key = (line, contract._local_day(vals["event_at"]))
            if key not in bill_dates:
                bill_dates[key] = line._get_overage_period(key[1]).end
            bill_date = bill_dates[key]
        price = self._fields["unit_price"].convert_to_column(vals["unit_price"], self)
        row = {
            "entry_id": None,
            **vals,
            "contract_id": contract.id,
            "company_id": line.company_id.id,
            "currency_id": line.currency_id.id,
            "partner_id": contract.partner_id.id,
            "ticket_id": usage.ticket_id.id,
            "task_code_id": usage.task_code_id.id,
            "unit_price": price,
            "explanation": Json(vals["explanation"]),
            "bill_date": bill_date,
        }
        # Empty in the ORM is NULL in the database.
        return {name: None if value is False else value for name, value in row.items()}


class ServiceCoverageEntry(models.Model):
    """Entries of the ledger are inserted together, as charges are."""

    _name = "service.coverage.entry"
    _inherit = ["service.coverage.entry", "service.insert.mixin"]

    @api.model
    def _insert_entries(self, vals_list):
        """Insert entries of the ledger.

        :param vals_list: all with the same values
        :return: the entries, in the same order
        """
        counters = self.env["service.coverage.counter"]
        rows = []
        for vals in vals_list:
            counter = counters.browse(vals["counter_id"])
            rows.append(
                {
                    **vals,
                    "contract_line_id": counter.contract_line_id.id,
                    "contract_id": counter.contract_id.id,
                    "company_id": counter.company_id.id,
                }
            )
        entries = self.browse(self._insert_many(rows))
        counters.invalidate_model(["entry_ids"], flush=False)
        entries.modified(rows[0])
        return entries
