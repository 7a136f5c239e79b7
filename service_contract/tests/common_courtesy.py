# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What was given away, as the tests of it need it."""

from datetime import datetime, time

from odoo import fields

from .common import ServiceContractCommon

HOUR = 3600


class CourtesyCommon(ServiceContractCommon):
    """Contracts that bill what is beyond their allotment, and credits for them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reason = cls.env.ref("service_contract.courtesy_reason_goodwill")
        cls.reason_fault = cls.env.ref("service_contract.courtesy_reason_fault")

    @classmethod
    def make_line(cls, coverage="cases", quantity=0, **values):
        """Return the line of a new contract that bills overage at 60.

        :param values: of the line, and of the contract
        """
        of_line = {
            name: values.pop(name)
            for name in list(values)
            if name not in cls.env["service.contract"]._fields
        }
        lines = [
            cls.line_values(
                coverage, quantity, **{"exhaustion_policy": "bill", **of_line}
            )
        ]
        return cls.make_contract(lines, **values).line_ids

    @classmethod
    def make_courtesy(cls, line, amount=100, grant=True, user=None, **values):
        """Give a credit as billing, from the first day of the contract."""
        courtesies = cls.env["service.courtesy"].with_user(user or cls.user_billing)
        courtesy = courtesies.with_context(allowed_company_ids=None).create(
            {
                "contract_id": line.contract_id.id,
                "contract_line_id": line.id,
                "reason_id": cls.reason.id,
                "note": "The update broke the tills",
                "amount": amount,
                "date_from": "2025-01-01",
                **values,
            }
        )
        if grant:
            courtesy.action_grant()
        return courtesy

    @classmethod
    def use(cls, line, quantity=1, unit="case", day="2025-01-10", **values):
        """Record something delivered at noon of a day; return its usage."""
        instant = datetime.combine(fields.Date.to_date(day), time(12))
        number = cls.env["service.usage"].search_count([])
        return cls.env["service.usage"]._capture(
            [
                {
                    "company_id": line.company_id.id,
                    "source": "manual",
                    "external_key": f"test {number}",
                    "unit": unit,
                    "quantity": quantity,
                    "event_at": instant,
                    "contract_line_id": line.id,
                    **values,
                }
            ]
        )

    def live(self, usages):
        """Return kind, quantity and amount of the charges that stand."""
        return [
            (charge.kind, charge.quantity, charge.amount)
            for charge in self.standing(usages)
        ]

    def standing(self, usages):
        return usages.charge_ids.filtered(
            lambda charge: not charge.is_reversed and not charge.reversed_charge_id
        ).sorted("id")

    def lot(self, courtesy):
        return courtesy.sudo().counter_ids

    def assertBooksAreRight(self):
        self.assertEqual(self.env["service.contract"]._check_invariants(), {})

    def tearDown(self):
        self.assertBooksAreRight()
        super().tearDown()
