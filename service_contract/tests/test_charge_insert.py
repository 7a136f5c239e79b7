# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from unittest.mock import patch

from odoo.tests import tagged

from .common_drawdown import DrawdownCommon

# What has to differ: the records around it, and who wrote what Odoo computed later.
OWN = {"id", "usage_id", "entry_id", "display_name", "ticket_id", "write_uid"}


@tagged("post_install", "-at_install")
class TestInsert(DrawdownCommon):
    """What is inserted is what the ORM would have made, field by field."""

    def rate(self):
        """Return the charges of work that is partly covered, and their entries."""
        contract = self.make_contract([self.line_values("hours", 10, overage_price=60)])
        ticket = self.make_ticket(service_contract_line_id=contract.line_ids.id)
        self.log_time(ticket, 9.75)
        self.log_time(ticket, 1)
        self.env.flush_all()
        self.env.invalidate_all()
        charges = ticket.sudo().service_charge_ids.filtered(
            lambda charge: charge.unit == "second"
        )
        return charges.sorted("id")

    def get_values(self, records):
        names = [
            name
            for name, field in records._fields.items()
            if field.store and field.type not in ("one2many", "many2many")
        ]
        kept = [
            name
            for name in names
            if name not in OWN and "contract" not in name and "counter" not in name
        ]
        return [
            {name: value for name, value in row.items() if name != "id"}
            for row in records.read(kept, load=False)
        ]

    def test_charges_and_entries_are_the_same(self):
        inserted = self.rate()
        self.assertEqual(inserted.mapped("kind"), ["covered", "covered", "billable"])
        model = "odoo.addons.service_contract.models."
        with (
            patch(f"{model}service_charge_rating.PLAIN_KINDS", ()),
            patch.object(
                type(self.env["service.coverage.entry"]),
                "_insert_entries",
                lambda entries, vals_list: entries.create(vals_list),
            ),
        ):
            created = self.rate()
        self.assertEqual(self.get_values(inserted), self.get_values(created))
        self.assertEqual(
            self.get_values(inserted.entry_id), self.get_values(created.entry_id)
        )
        for one, other in zip(inserted, created, strict=True):
            self.assertEqual(one.contract_id, one.contract_line_id.contract_id)
            self.assertEqual(bool(one.counter_id), bool(other.counter_id))
        self.assertEqual(
            inserted.contract_id.next_bill_date, created.contract_id.next_bill_date
        )
