# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import mute_logger

from ..transactions import RACE_LOST

# Contracts planned at once in a preview, so that memory stays flat.
CHUNK = 200
# A run of so many contracts is done while its user waits.
SMALL_RUN = 10


class ServiceBillingRun(models.Model):
    """A batch: everything of a company that is due up to a day is billed.

    Made by a person, who sees a preview first. It works contract by contract, in the
    background, on as many workers as there are; it can be stopped and resumed. Its
    figures are counted from what it made, so that workers do not wait for each other
    to count.
    """

    _name = "service.billing.run"
    _description = "Billing Run"
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char(string="Number", default="/", readonly=True, copy=False)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        "res.users", string="Started By", default=lambda self: self.env.user
    )
    date = fields.Date(
        string="Bill Up To",
        required=True,
        default=lambda self: self._default_date(),
        help="Bills everything that is due up to and including this day, which is also "
        "the date of the invoices.",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("running", "Running"),
            ("stopped", "Stopped"),
            ("done", "Done"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
    )
    line_ids = fields.One2many(
        "service.billing.run.line", "run_id", string="Preview", readonly=True
    )
    move_ids = fields.One2many(
        "account.move", "service_billing_run_id", string="Invoices", readonly=True
    )
    failed_contract_ids = fields.One2many(
        "service.contract",
        "billing_run_id",
        string="Exceptions",
        domain=[("billing_error", "!=", False)],
        readonly=True,
    )
    contract_count = fields.Integer(
        string="Contracts Due", readonly=True, copy=False, help="When the run began."
    )
    done_count = fields.Integer(
        compute="_compute_progress", compute_sudo=True, string="Contracts Billed"
    )
    failed_count = fields.Integer(
        compute="_compute_progress", compute_sudo=True, string="Exceptions Left"
    )
    move_count = fields.Integer(
        compute="_compute_progress", compute_sudo=True, string="Invoices Made"
    )
    progress = fields.Float(
        compute="_compute_progress", compute_sudo=True, string="Progress (%)"
    )
    amount_planned = fields.Monetary(
        compute="_compute_amount_planned",
        store=True,
        help="Untaxed total of the preview, in the company's currency.",
    )
    amount_billed = fields.Monetary(
        compute="_compute_progress",
        compute_sudo=True,
        help="Untaxed total of the invoices made, in the company's currency.",
    )

    # === DEFAULTS === #

    @api.model
    def _default_date(self):
        """Return today in the user's time zone."""
        now = self.env["service.contract"]._service_now()
        return fields.Date.context_today(self, now)

    # === COMPUTE METHODS === #

    @api.depends("line_ids.amount_company")
    def _compute_amount_planned(self):
        for run in self:
            run.amount_planned = sum(run.line_ids.mapped("amount_company"))

    @api.depends("state", "contract_count", "move_ids.state")
    def _compute_progress(self):
        done = dict(
            self.env["service.billing.period"]._read_group(
                [("run_id", "in", self.ids)],
                ["run_id"],
                ["contract_id:count_distinct"],
            )
        )
        failed = dict(
            self.env["service.contract"]._read_group(
                [("billing_run_id", "in", self.ids), ("billing_error", "!=", False)],
                ["billing_run_id"],
                ["__count"],
            )
        )
        invoiced = {
            run: (count, amount)
            for run, count, amount in self.env["account.move"]._read_group(
                [
                    ("service_billing_run_id", "in", self.ids),
                    ("state", "!=", "cancel"),
                ],
                ["service_billing_run_id"],
                ["__count", "amount_untaxed_signed:sum"],
            )
        }
        for run in self:
            run.done_count = done.get(run, 0)
            run.failed_count = failed.get(run, 0)
            run.move_count, run.amount_billed = invoiced.get(run, (0, 0.0))
            worked = run.done_count + run.failed_count
            due = max(run.contract_count, worked)
            run.progress = (
                100.0 * worked / due if due else 100.0 * (run.state == "done")
            )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                company_id = vals.get("company_id") or self.env.company.id
                vals["name"] = (
                    self.env["ir.sequence"]
                    .with_company(company_id)
                    .next_by_code("service.billing.run")
                    or "/"
                )
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_started(self):
        if any(run.state != "draft" for run in self):
            raise UserError(self.env._("Only a billing run in draft can be deleted."))

    # === ACTIONS === #

    def action_preview(self):
        """Show what would be billed. Nothing is billed."""
        for run in self:
            run._check_state("draft", "stopped")
            run.line_ids.unlink()
            contracts = run._get_due_contracts()
            run.contract_count = len(contracts)
            for start in range(0, len(contracts), CHUNK):
                chunk = contracts[start : start + CHUNK]
                run.env["service.billing.run.line"].create(
                    [
                        run._prepare_preview_line(plan)
                        for plan in chunk._plan_billing(run.date)
                    ]
                )
                run.env.flush_all()
                run.env.invalidate_all()
        return True

    def action_start(self):
        """Bill what is due: at once if it is little, else in the background."""
        for run in self:
            run._check_state("draft")
            run.write(
                {"state": "running", "contract_count": len(run._get_due_contracts())}
            )
            run._work()
        return True

    def action_stop(self):
        """Stop soon: each worker finishes the contracts that it has at hand."""
        for run in self:
            run._check_state("running")
            run.state = "stopped"
        return True

    def action_resume(self):
        """Go on where the run was stopped."""
        for run in self:
            run._check_state("stopped")
            run.state = "running"
            run._work()
        return True

    def action_view_invoices(self):
        """Open the invoices that the run made."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_move_out_invoice_type"
        )
        action["domain"] = [("service_billing_run_id", "=", self.id)]
        action["context"] = {"create": False}
        return action

    # === CRON METHODS === #

    @api.model
    def _cron_process(self):
        """Work on the runs that were started."""
        for run in self.search([("state", "=", "running")], order="id"):
            run._process()

    # === BUSINESS METHODS === #

    def _process(self):
        """Bill everything that is due, contract by contract, each committed alone.

        Any number of workers may call it for the same run.

        :return: whether the run is done
        """
        self.ensure_one()
        if self.state == "draft":
            self.write(
                {"state": "running", "contract_count": len(self._get_due_contracts())}
            )
        contract_model = self.env["service.contract"].with_company(self.company_id)
        done = contract_model._bill_due(self._get_due_domain(), self.date, self)
        if done and not contract_model.search_count(self._get_due_domain(), limit=1):
            self._finish()
        return self.state == "done"

    def _finish(self):
        """Mark the run as done; another worker may have been faster."""
        contract_model = self.env["service.contract"]
        try:
            with mute_logger("odoo.sql_db"):  # to lose the race is no error to log
                if not self._is_running() or not self.try_lock_for_update(
                    allow_referencing=True
                ):
                    return
                self.state = "done"
                contract_model._commit_unit()
        except RACE_LOST:
            if not contract_model._can_commit_unit():
                raise
            self.env.cr.rollback()

    def _work(self):
        if self.contract_count <= SMALL_RUN:
            self._process()
            return
        for xmlid in ("ir_cron_billing_run_1", "ir_cron_billing_run_2"):
            cron = self.env.ref(f"service_contract.{xmlid}")
            cron.sudo()._trigger()  # users may not write scheduled actions

    def _is_running(self):
        """Whether nobody stopped the run meanwhile."""
        self.ensure_one()
        self.invalidate_recordset(["state"], flush=False)
        return self.state == "running"

    def _get_due_domain(self):
        """Return the domain of contracts that this run has still to bill.

        One that failed in this run waits; one that failed before is tried at once.
        """
        self.ensure_one()
        contract_model = self.env["service.contract"]
        return (
            Domain("company_id", "=", self.company_id.id)
            & Domain("next_bill_date", "<=", self.date)
            & (
                contract_model._get_not_waiting_domain()
                | Domain("billing_run_id", "=", False)
                | Domain("billing_run_id", "!=", self.id)
            )
        )

    def _get_due_contracts(self):
        return self.env["service.contract"].search(
            self._get_due_domain(), order="next_bill_date, id"
        )

    def _prepare_preview_line(self, plan):
        """Return values of the preview line of a planned invoice."""
        self.ensure_one()
        contract = self.env["service.contract"].browse(plan.contract_id)
        amount = plan.amount / 10**contract.currency_id.decimal_places
        return {
            "run_id": self.id,
            "contract_id": contract.id,
            "invoice_lines_count": plan.lines_count,
            "amount": amount,
            "amount_company": contract.currency_id._convert(
                amount, self.currency_id, self.company_id, plan.date
            ),
            "warning": self._get_warning(plan, contract),
        }

    def _get_warning(self, plan, contract):
        """Return what the user should know before the invoice is made, or False."""
        if not plan.lines_count:
            return self.env._("Nothing to pay: no invoice.")
        company = self.company_id
        journal = contract.journal_id or self.env["account.journal"].search(
            [
                *self.env["account.journal"]._check_company_domain(company),
                ("type", "=", "sale"),
            ],
            limit=1,
        )
        locks = company._get_violated_lock_dates(plan.date, True, journal)
        if locks:
            return self.env._(
                "The day is locked, so the invoice is accounted later: %(locks)s.",
                locks=company._format_lock_dates(locks),
            )
        return False

    def _get_previewed(self, contracts):
        """Return the preview of contracts, to be compared with what is billed.

        :return: by contract id, the id of the preview line, its lines and its amount
        """
        return {
            line.contract_id.id: (line.id, line.invoice_lines_count, line.amount)
            for line in self.env["service.billing.run.line"].search(
                [("run_id", "in", self.ids), ("contract_id", "in", contracts.ids)]
            )
        }

    def _note_change(self, plan, previewed):
        """Mark the preview of a contract that is not what is billed.

        :param plan: ``PlannedInvoice`` that is carried out
        :param previewed: see ``_get_previewed``
        """
        if plan.contract_id not in previewed:
            return
        line_id, lines_count, amount = previewed[plan.contract_id]
        currency = self.env["service.contract"].browse(plan.contract_id).currency_id
        planned = plan.amount / 10**currency.decimal_places
        if lines_count != plan.lines_count or currency.compare_amounts(amount, planned):
            self.env["service.billing.run.line"].browse(line_id).is_changed = True

    def _check_state(self, *states):
        self.ensure_one()
        if self.state not in states:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(run)s is %(state)s.",
                    run=self.display_name,
                    state=labels[self.state].lower(),
                )
            )
