# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models

from .service_courtesy_budget import Gift


class ServiceCharge(models.Model):
    """Charges that were given away: by a credit, by a decision, or beforehand."""

    _inherit = "service.charge"

    courtesy_id = fields.Many2one(related="counter_id.courtesy_id")
    courtesy_reason_id = fields.Many2one(
        "service.courtesy.reason",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    # Not the line that bills it: that one is for what is to be paid.
    courtesy_invoice_line_id = fields.Many2one(
        "account.move.line",
        string="Shown on Invoice Line",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
    )

    _courtesy_idx = models.Index("(company_id, event_at) WHERE kind = 'courtesy'")
    _courtesy_shown = models.Constraint(
        "CHECK (courtesy_invoice_line_id IS NULL OR kind = 'courtesy')",
        "Only what was given away is shown on an invoice for nothing.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """A charge that a credit pays for has the credit's reason."""
        given = [
            vals
            for vals in vals_list
            if vals.get("kind") == "courtesy"
            and vals.get("entry_id")
            and not vals.get("reversed_charge_id")
        ]
        if given:
            entries = self.env["service.coverage.entry"].browse(
                vals["entry_id"] for vals in given
            )
            for vals, entry in zip(given, entries, strict=True):
                courtesy = entry.counter_id.courtesy_id
                vals.setdefault("courtesy_reason_id", courtesy.reason_id.id)
                if not vals.get("reason"):
                    vals["reason"] = courtesy._get_reason()
        return super().create(vals_list)

    def action_waive(self, reason):
        self._check_courtesy_budget(reason)
        charges = super().action_waive(reason)
        reason_id = self.env.context.get("service_contract_courtesy_reason_id")
        if reason_id:
            charges.sudo().courtesy_reason_id = reason_id  # ledger: no ACL
        return charges

    def _check_courtesy_budget(self, reason):
        """Refuse to give away more than a budget allows. Extension point.

        :param reason: why it is given
        :raises UserError: that says who may
        """
        self.env["service.courtesy.budget"]._check_gifts(
            [
                Gift(
                    charge.contract_id,
                    charge.company_id,
                    charge._get_billing_day(),
                    charge.amount,
                    charge.currency_id,
                )
                for charge in self
            ]
        )

    @api.model
    def _appraise(self, vals_list):
        """Return what work would cost that is given away, by the code that rates it.

        The number of queries does not grow with the work.

        :param vals_list: values of usages in memory: contract_line_id, unit, quantity,
            event_at, and what else the price depends on
        :return: amounts in the currencies of the contracts, in the same order
        """
        usage_model = self.env["service.usage"]
        usages = usage_model.concat(
            *(
                usage_model.new(
                    {
                        "source": "manual",
                        "external_key": f"{number:09d}",
                        "exempt_reason": "given away",
                        **vals,
                    }
                )
                for number, vals in enumerate(vals_list)
            )
        )
        if not usages:
            return []
        ratings, _books = self._rate(usages)
        return [
            sum(charge.amount for charge in ratings[usage].charges)
            / 10**usage.contract_line_id.currency_id.decimal_places
            for usage in usages
        ]

    @api.model
    def _get_courtesies_to_show(self, days):
        """Return what was given away and is to be on the next invoice, by contract.

        Of periods that are over; oldest first. Nothing is read where no contract shows
        its courtesies.

        :param days: by contract, the day on which it is billed
        """
        contracts = self.env["service.contract"].browse(
            contract.id for contract in days if contract.show_courtesy
        )
        if not contracts:
            return {}
        charges = self.search(
            [
                ("contract_id", "in", contracts.ids),
                ("kind", "=", "courtesy"),
                ("courtesy_invoice_line_id", "=", False),
                ("is_reversed", "=", False),
                ("reversed_charge_id", "=", False),
            ],
            order="event_at, id",
        )
        return charges.filtered(
            lambda charge: charge._get_billing_period().end <= days[charge.contract_id]
        ).grouped("contract_id")
