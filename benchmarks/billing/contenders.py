# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Who makes and posts the invoices: this addon, OCA ``contract``, plain Odoo."""

from .data import DAY, WARM_UP_DAY


class Biller:
    """Bills what is due on a day; the first day is to warm up."""

    def __init__(self, env):
        self.env = env

    def warm_up(self):
        self._run(WARM_UP_DAY)

    def bill(self):
        self._run(DAY)


class Ours(Biller):
    """A billing run, each contract committed alone."""

    def _run(self, day):
        self.env["service.billing.run"].search([("date", "=", day)])._process()


class Oca(Biller):
    """The scheduled action of OCA ``contract``, all in one transaction, and posting."""

    def _run(self, day):
        self.env["contract.contract"].cron_recurring_create_invoice(day)
        self.env["account.move"].search([("state", "=", "draft")]).action_post()
        self.env.cr.commit()


class Bare(Biller):
    """``account.move.create`` and ``action_post`` of the same lines in one batch."""

    def __init__(self, env):
        # The context that the addon makes its invoices in.
        super().__init__(env(context={**env.context, "tracking_disable": True}))

    def _run(self, day):
        moves = self._create(self._contracts(day))
        moves.action_post()
        self.env.cr.commit()

    def _contracts(self, day):
        return self.env["service.contract"].search([("date_start", "=", day)])

    def _create(self, contracts):
        return self.env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": contract.partner_id.id,
                    "invoice_date": contract.date_start,
                    "invoice_origin": contract.name,
                    "invoice_user_id": contract.user_id.id,
                    "invoice_line_ids": [
                        (
                            0,
                            0,
                            {
                                "product_id": line.product_id.id,
                                "name": line.name,
                                "quantity": line.quantity,
                                "price_unit": line.price_unit,
                            },
                        )
                        for line in contract.line_ids
                    ],
                }
                for contract in contracts
            ]
        )


class BareSingle(Bare):
    """The same, invoice by invoice, each committed alone, as the addon does it."""

    def _run(self, day):
        for contract in self._contracts(day):
            self._create(contract).action_post()
            self.env.cr.commit()


CONTENDERS = {"ours": Ours, "oca": Oca, "bare": Bare, "bare_single": BareSingle}
