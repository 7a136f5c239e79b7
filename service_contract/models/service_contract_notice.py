# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date


class ServiceContractTemplate(models.Model):
    """Minimum term and notice that contracts made from the template start with."""

    _inherit = "service.contract.template"

    minimum_term_months = fields.Integer(
        string="Minimum Term (months)",
        help="Before it is over only a manager may cancel. 0: no minimum.",
    )
    notice_days = fields.Integer(
        string="Notice (days)",
        help="The responsible is reminded so many days before the end. 0: no reminder.",
    )

    def _prepare_contract(self):
        return {
            **super()._prepare_contract(),
            "minimum_term_months": self.minimum_term_months,
            "notice_days": self.notice_days,
        }


class ServiceContract(models.Model):
    """The days by which somebody must decide: minimum term and notice."""

    _inherit = "service.contract"

    minimum_term_months = fields.Integer(
        string="Minimum Term (months)",
        help="Before it is over only a manager may cancel. 0: no minimum.",
    )
    date_minimum_end = fields.Date(
        string="Minimum Term Until",
        compute="_compute_date_minimum_end",
        store=True,
        help="Last day of the minimum term.",
    )
    notice_days = fields.Integer(
        string="Notice (days)",
        help="The responsible is reminded so many days before the end. 0: no reminder.",
    )
    date_notice = fields.Date(
        string="Notice By",
        compute="_compute_date_notice",
        store=True,
        index="btree_not_null",
        help="Last day to give notice before the contract ends.",
    )
    notice_told = fields.Boolean(copy=False, readonly=True)

    @api.depends("date_start", "minimum_term_months")
    def _compute_date_minimum_end(self):
        for contract in self:
            months = contract.minimum_term_months
            contract.date_minimum_end = (
                contract.date_start
                and months
                and contract.date_start
                + relativedelta(months=months)
                - timedelta(days=1)
            )

    @api.depends("date_end", "notice_days")
    def _compute_date_notice(self):
        for contract in self:
            contract.date_notice = (
                contract.date_end
                and contract.notice_days
                and contract.date_end - timedelta(days=contract.notice_days)
            )

    @api.constrains("minimum_term_months", "notice_days")
    def _check_notice(self):
        if any(c.minimum_term_months < 0 or c.notice_days < 0 for c in self):
            raise ValidationError(
                self.env._("Minimum term and notice can't be negative.")
            )

    @api.model
    def _get_locked_fields(self):
        return super()._get_locked_fields() | {"minimum_term_months", "notice_days"}

    def action_cancel(self, day=None, reason=None):
        may_break = self.env.su or self.env.user.has_group(
            "service_contract.service_contract_group_manager"
        )
        for contract in self:
            start = fields.Date.to_date(day) or contract._today()
            minimum = contract.date_minimum_end
            if contract.state == "draft" or not minimum or start > minimum:
                continue
            if not may_break:
                raise UserError(
                    self.env._(
                        "%(contract)s has a minimum term until %(day)s. Cancel it from "
                        "a later day, or ask a manager.",
                        contract=contract.display_name,
                        day=format_date(self.env, minimum),
                    )
                )
        return super().action_cancel(day, reason)

    @api.model
    def _cron_notice(self, limit=200):
        """Remind the responsible of contracts whose notice is due, once each."""
        cron = self.env["ir.cron"]
        # Where it is already tomorrow the notice may be due; the zone decides below.
        tomorrow = self._service_now().date() + timedelta(days=1)
        domain = Domain(
            [
                ("state", "in", ["active", "on_hold"]),
                ("notice_told", "=", False),
                ("date_notice", "<=", tomorrow),
            ]
        )
        last_id = 0
        while found := self.search(
            domain & Domain("id", ">", last_id), limit=limit, order="id"
        ):
            last_id = found[-1].id
            due = found.filtered(lambda c: c.date_notice <= c._today())
            due.try_lock_for_update(allow_referencing=True)._tell_notice()
            if not cron._commit_progress(len(due)):
                break

    def _tell_notice(self):
        """Schedule the reminder of notice."""
        for contract in self:
            contract.activity_schedule(
                "service_contract.mail_activity_type_notice",
                date_deadline=contract.date_notice,
                user_id=(contract.user_id or self.env.user).id,
            )
        self.notice_told = True
