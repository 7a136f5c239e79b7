# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..engine import billing


class ServiceContract(models.Model):
    """What is due of a contract, and the invoice for it.

    ``_plan_billing`` answers the first without changing anything; a preview shows its
    answer, the real run hands it to ``_bill``.
    """

    _inherit = "service.contract"

    next_bill_date = fields.Date(
        compute="_compute_next_bill_date",
        store=True,
        copy=False,
        index="btree_not_null",
        help="When something of this contract is to be invoiced next.",
    )
    last_billed_at = fields.Datetime(copy=False, readonly=True)
    billing_period_ids = fields.One2many(
        "service.billing.period", "contract_id", string="Billing Periods"
    )
    invoice_count = fields.Integer(compute="_compute_invoice_count", compute_sudo=True)

    # === COMPUTE METHODS === #

    @api.depends(
        "line_ids.next_bill_date", "charge_ids.bill_date", "charge_ids.billing_state"
    )
    def _compute_next_bill_date(self):
        overage = dict(
            self.env["service.charge"]._read_group(
                [("contract_id", "in", self.ids), ("billing_state", "=", "to_invoice")],
                ["contract_id"],
                ["bill_date:min"],
            )
        )
        for contract in self:
            dates = [overage.get(contract), *contract.line_ids.mapped("next_bill_date")]
            contract.next_bill_date = min(filter(None, dates), default=False)

    def _compute_invoice_count(self):
        counts = dict(
            self.env["account.move.line"]._read_group(
                [("service_contract_id", "in", self.ids)],
                ["service_contract_id"],
                ["move_id:count_distinct"],
            )
        )
        for contract in self:
            contract.invoice_count = counts.get(contract, 0)

    # === ACTIONS === #

    def action_view_invoices(self):
        """Open the invoices of the contract."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_move_out_invoice_type"
        )
        action["domain"] = [("line_ids.service_contract_id", "=", self.id)]
        action["context"] = {"create": False}
        return action

    def action_view_billing_periods(self):
        """Open the periods that were billed."""
        return self._view_related("service_contract.service_billing_period_action")

    # === PLANNING === #

    def _plan_billing(self, as_of=None):
        """Return what is due, without changing anything.

        The number of queries does not grow with the contracts.

        :param as_of: bill everything due up to and including this day; today in each
            contract's zone if none is given
        :return: a list of ``engine.billing.PlannedInvoice``, none for a contract of
            which nothing is due
        """
        days = {contract: as_of or contract._today() for contract in self}
        charges = self._get_due_charges(days)
        billed = self.env["service.billing.period"]._get_billed_numbers(self.line_ids)
        plans = []
        for contract, day in days.items():
            # The invoice speaks the customer's language.
            localized = contract.with_context(lang=contract.invoice_partner_id.lang)
            periods = localized._plan_recurring(day, billed)
            periods += localized._plan_overage(
                charges.get(contract, self.env["service.charge"]),
                sum(period.amount for period in periods),
                billed,
            )
            if not any(period.amount for period in periods):
                # Nothing to pay: no invoice, but the periods are done with.
                periods = [
                    billing.PlannedPeriod(
                        p.contract_line_id, p.kind, p.number, p.start, p.end
                    )
                    for p in periods
                    if p.kind in (billing.RECURRING, billing.ONCE)
                ]
            if periods:
                plans.append(
                    billing.PlannedInvoice(
                        contract.id,
                        day,
                        tuple(periods),
                        contract.line_ids._get_next_periods(periods, billed),
                    )
                )
        return plans

    def _get_due_charges(self, days):
        """Return the charges to invoice by contract, oldest first.

        Credits and free work have no date of their own: they join what is due.
        """
        charges = self.env["service.charge"].search(
            [
                ("contract_id", "in", self.ids),
                ("billing_state", "=", "to_invoice"),
                "|",
                ("bill_date", "=", False),
                ("bill_date", "<=", max(days.values(), default=False)),
            ],
            order="event_at, id",
        )
        return charges.filtered(
            lambda charge: (
                not charge.bill_date or charge.bill_date <= days[charge.contract_id]
            )
        ).grouped("contract_id")

    def _plan_recurring(self, day, billed):
        """Return the recurring and one-off periods that are due on a day."""
        self.ensure_one()
        holds = []
        if self.hold_billing == "skip":
            holds = [(hold.date_from, hold.date_to or None) for hold in self.hold_ids]
        return [
            period
            for line in self.line_ids
            if line.next_bill_date and line.next_bill_date <= day
            for period in line._plan_recurring(day, holds, billed)
        ]

    def _plan_overage(self, charges, amount, billed):
        """Return the overage and the corrections that are due.

        :param charges: those to invoice, oldest first
        :param amount: of the rest of the invoice, in minor units; credits never take
            more than that and the other charges
        """
        self.ensure_one()
        scale = 10**self.currency_id.decimal_places
        credits = charges.filtered(lambda charge: charge.amount < 0)
        amount += sum(round(charge.amount * scale) for charge in charges - credits)
        taken = billing.affordable_credits(
            amount, [(charge.id, round(charge.amount * scale)) for charge in credits]
        )
        by_line = (charges - credits + credits.browse(taken)).grouped(
            "contract_line_id"
        )
        return [
            period
            for line, charges_of_line in by_line.items()
            for period in line.with_env(self.env)._plan_overage(charges_of_line, billed)
        ]

    # === BILLING === #

    def _prepare_billing(self, as_of=None, run=None):
        """Compute the invoices of these contracts ahead, which is cheaper at once.

        Nothing is locked or made. What is not as planned any more when its contract's
        turn comes is not used.

        :return: ``PreparedMove`` by contract id; none for those that take longer
        """
        prepared = {}
        plans = {plan.contract_id: plan for plan in self._plan_billing(as_of)}
        for contracts in self.grouped("company_id").values():
            due = [
                contract._in_own_company()
                for contract in contracts
                if contract.id in plans and plans[contract.id].lines_count
            ]
            if not due:
                continue
            moves = (
                due[0]
                .env["account.move"]
                ._prepare_inserts(
                    [
                        contract._prepare_invoice(plans[contract.id], run)
                        for contract in due
                    ],
                    [contract.invoice_posting == "post" for contract in due],
                )
            )
            prepared |= {
                contract.id: move
                for contract, move in zip(due, moves, strict=True)
                if move and contract._is_as_planned(plans[contract.id], move.untaxed)
            }
        return prepared

    def _is_as_planned(self, plan, untaxed):
        """Whether an untaxed amount is the planned one; so is an unknown one.

        :param untaxed: None where prices include taxes, which plans know nothing of
        """
        planned = plan.amount / 10**self.currency_id.decimal_places
        return untaxed is None or not self.currency_id.compare_amounts(untaxed, planned)

    def _bill(self, plan, run=None, prepared=None):
        """Make what is planned: the invoice, and the periods that it bills.

        :param plan: of this contract, see ``_plan_billing``
        :param run: the service.billing.run that asks for it, if any
        :param prepared: ``PreparedMove`` of the same plan, if there is one
        :return: the invoice, posted if the contract says so; none if there is nothing
            to pay
        """
        self.ensure_one()
        contract = self._in_own_company()
        for line_id, number in plan.next_periods:
            contract.line_ids.browse(line_id)._set_progress(next_billing_period=number)
        # Always written: a concurrent run with an older snapshot has to give way.
        contract._set_progress(last_billed_at=fields.Datetime.now())
        if not plan.lines_count:
            contract._insert_periods(plan, run)
            return contract.env["account.move"]
        vals = contract._prepare_invoice(plan, run)
        if prepared and prepared.vals == vals:
            move = contract.env["account.move"]._insert_prepared(
                prepared, lambda move: contract._insert_periods(plan, run, move)
            )
            contract._link_charges(plan, move)
            return move
        move = contract.env["account.move"].create(vals)
        lines = move.invoice_line_ids.sorted("id")
        for line, period_id in zip(
            lines, contract._insert_periods(plan, run, move), strict=True
        ):
            line.service_billing_period_id = period_id
        contract._link_charges(plan, move)
        contract._check_invoice(plan, move)
        if contract.invoice_posting == "post":
            move._post(soft=False)
        return move

    def _in_own_company(self):
        """Return the contract in its company, and quiet: nobody is told of each of
        a thousand invoices."""
        self.ensure_one()
        return self.with_company(self.company_id).with_context(tracking_disable=True)

    def _insert_periods(self, plan, run, move=None):
        """Insert the periods of a plan.

        :return: for each invoice line of the plan, the id of its period
        """
        scale = 10**self.currency_id.decimal_places
        ids = (
            self.env["service.billing.period"]
            .sudo()  # periods are facts, made by the billing alone
            ._insert_rows(
                [
                    {
                        "contract_line_id": period.contract_line_id,
                        "contract_id": self.id,
                        "company_id": self.company_id.id,
                        "partner_id": self.partner_id.id,
                        "currency_id": self.currency_id.id,
                        "kind": period.kind,
                        "period_no": period.number,
                        "date_from": period.start,
                        "date_to": period.end,
                        "amount": period.amount / scale,
                        "state": "billed" if period.lines else "skipped",
                        "move_id": move.id if move and period.lines else None,
                        "run_id": run.id if run else None,
                    }
                    for period in plan.periods
                ]
            )
        )
        self.invalidate_recordset(["billing_period_ids"], flush=False)
        return [
            id_
            for id_, period in zip(ids, plan.periods, strict=True)
            for _line in period.lines
        ]

    def _prepare_invoice(self, plan, run):
        """Return values of the invoice. To be extended by glue addons."""
        self.ensure_one()
        return {
            **self._prepare_invoice_header(plan.date),
            "service_billing_run_id": run.id if run else False,
            "invoice_line_ids": [
                Command.create(self._prepare_invoice_line(line, period))
                for period in plan.periods
                for line in period.lines
            ],
        }

    def _prepare_invoice_header(self, day):
        """Return values of any invoice on this contract, without its lines."""
        self.ensure_one()
        vals = {
            "move_type": "out_invoice",
            "company_id": self.company_id.id,
            "partner_id": self.invoice_partner_id.id,
            "currency_id": self.currency_id.id,
            "invoice_date": day,
            "invoice_payment_term_id": self.payment_term_id.id,
            "fiscal_position_id": self.fiscal_position_id.id,
            "invoice_user_id": self.user_id.id,
            "invoice_origin": self.name,
            "ref": self.reference,
        }
        if self.journal_id:
            vals["journal_id"] = self.journal_id.id
        return vals

    def _prepare_invoice_line(self, line, period):
        """Return values of an invoice line. To be extended by glue addons.

        :param line: ``engine.billing.PlannedLine``
        :param period: the ``PlannedPeriod`` it belongs to
        """
        contract_line = self.line_ids.browse(period.contract_line_id)
        quantity, price, discount = line.quantity, line.price_unit, line.discount
        minor = 10**self.currency_id.decimal_places
        rounding = self.company_id.tax_calculation_rounding_method
        if rounding == "round_globally" and not line.is_exact(minor):
            # Odoo then rounds the sum of the lines, and fractions of cents of several
            # lines would add up to another amount than that of the charges.
            quantity, price, discount = 1.0, line.amount / minor, 0.0
        vals = {
            "product_id": line.product_id,
            "name": line.label,
            "quantity": quantity,
            "price_unit": price,
            "discount": discount,
            "service_contract_id": self.id,
            "service_contract_line_id": contract_line.id,
            "service_period_start": period.start,
            "service_period_end": period.end - timedelta(days=1),
        }
        if contract_line.analytic_distribution:
            vals["analytic_distribution"] = contract_line.analytic_distribution
        return vals

    def _link_charges(self, plan, move):
        """Put the charges on the invoice lines that bill them."""
        planned = [line for period in plan.periods for line in period.lines]
        if not any(line.charge_ids for line in planned):
            return
        made = move.invoice_line_ids.filtered("service_billing_period_id").sorted("id")
        charge_model = self.env["service.charge"].sudo()  # ledger: no ACL
        for line, invoice_line in zip(planned, made, strict=True):
            charge_model.browse(line.charge_ids).write(
                {"billing_state": "invoiced", "invoice_line_id": invoice_line.id}
            )

    def _check_invoice(self, plan, move):
        """Refuse an invoice that is not what was planned."""
        if not self._is_as_planned(plan, move._get_plain_untaxed()):
            planned = plan.amount / 10**self.currency_id.decimal_places
            raise UserError(
                self.env._(
                    "The invoice would be %(made)s, but %(planned)s is due. Look at "
                    "the products, prices and taxes of the contract.",
                    made=self.currency_id.format(move.amount_untaxed),
                    planned=self.currency_id.format(planned),
                )
            )

    def _has_billing(self):
        return bool(self.billing_period_ids) or super()._has_billing()
