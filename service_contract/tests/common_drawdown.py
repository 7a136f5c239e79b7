# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What tickets and time draw, as the tests of it need it."""

from .common import ServiceContractCommon

HOUR = 3600


class DrawdownCommon(ServiceContractCommon):
    def drawn(self, line):
        """Return the base units drawn from all lots of a line."""
        return sum(line.sudo().counter_ids.mapped("drawn"))

    def live(self, records):
        """Return kind and quantity of the charges that stand, in order."""
        charges = records.sudo().service_usage_ids.charge_ids
        return [
            (charge.kind, charge.quantity)
            for charge in charges.sorted("id")
            if not charge.is_reversed and not charge.reversed_charge_id
        ]

    def assertBooksAreRight(self):
        self.assertEqual(self.env["service.contract"]._check_invariants(), {})

    def tearDown(self):
        self.assertBooksAreRight()
        super().tearDown()

    def mark_invoiced(self, charges):
        """Put charges on an invoice, as the billing run does."""
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_line_ids": [
                    (
                        0,
                        0,
                        {
                            "name": "Overage",
                            "price_unit": 1,
                            "service_contract_line_id": charges.contract_line_id.id,
                        },
                    )
                ],
            }
        )
        charges.sudo().write(
            {"billing_state": "invoiced", "invoice_line_id": move.invoice_line_ids.id}
        )
