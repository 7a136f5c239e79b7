# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Helpers that the tests of billing share."""

from datetime import date, datetime, time

from odoo import fields

from .common import ServiceContractCommon


class BillingCommon(ServiceContractCommon):
    """Contracts are billed by ``user_billing`` on given days."""

    @classmethod
    def bill(cls, day, company=None, user=None):
        """Bill everything that is due up to a day and return the run."""
        day = fields.Date.to_date(day)
        company = company or cls.company
        run = cls.at(
            cls.env["service.billing.run"]
            .with_user(user or cls.user_billing)
            .with_context(allowed_company_ids=company.ids),
            datetime.combine(day, time(12)),
        ).create({"company_id": company.id, "date": day})
        run._process()
        return run

    @classmethod
    def use_cases(cls, contract, count, day, line=None):
        """Record cases on a day, at noon, of the contract's first line."""
        line = line or contract.line_ids[0]
        instant = datetime.combine(fields.Date.to_date(day), time(12))
        usages = cls.env["service.usage"].search_count([])
        return cls.env["service.usage"]._capture(
            [
                {
                    "company_id": contract.company_id.id,
                    "source": "manual",
                    "external_key": f"test {usages + number}",
                    "unit": "case",
                    "quantity": 1,
                    "event_at": instant,
                    "contract_line_id": line.id,
                }
                for number in range(count)
            ]
        )

    @classmethod
    def invoices_of(cls, contract):
        """Return the invoices of a contract, oldest first."""
        return contract.sudo().billing_period_ids.move_id.sorted("id")

    @classmethod
    def lines_of(cls, contract):
        """Return the invoice lines of a contract in the order they were made."""
        return cls.invoices_of(contract).invoice_line_ids.sorted("id")

    @classmethod
    def billed(cls, contract, kind="recurring"):
        """Return (first day, day after the last, amount) of what was billed."""
        return [
            (period.date_from, period.date_to, period.amount)
            for period in contract.sudo()
            .billing_period_ids.filtered(
                lambda p: p.kind == kind and p.state == "billed"
            )
            .sorted(lambda p: (p.date_from, p.id))
        ]

    @staticmethod
    def month(year, month):
        """Return the first day of a month and of the next."""
        return date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)
