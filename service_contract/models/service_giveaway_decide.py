# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from .service_courtesy_budget import Gift
from .service_giveaway_causes import TIME_COVERAGE

BILLING = "service_contract.service_contract_group_billing"


class ServiceGiveaway(models.Model):
    """One tap makes a finding a courtesy or a charge; see also its quotations."""

    _inherit = "service.giveaway"

    # === ACTIONS === #

    def action_make_courtesy(self):
        """Give it away on record, with the reason of one tap; ask if there is none."""
        reason = self.env["service.courtesy.reason"]._get_default()
        if not reason:
            return self._open_dialog("courtesy")
        self._make_courtesy(reason, "")
        return True

    def action_make_charge(self):
        """Charge it to the contract, as if it had been recorded there at once."""
        self._check_is_billing()
        findings = self._take_open()
        for finding in findings:
            finding._decide("charge", finding._record())
        return True

    def action_decide(self):
        """Open the dialog that asks for the reason and the contract line."""
        return self._open_dialog("courtesy")

    def action_dismiss(self):
        """Open the dialog that asks why it is nothing."""
        return self._open_dialog("dismiss")

    def _open_dialog(self, decision):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Decide"),
            "res_model": "service.giveaway.decide",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_decision": decision,
                "default_giveaway_ids": self.ids,
            },
        }

    # === DECISIONS === #

    def _make_courtesy(self, reason, note):
        """Give findings away, on record.

        :param reason: service.courtesy.reason, may be empty if there is a note
        :param note: in somebody's own words
        """
        text = reason._get_text(note)
        if not text:
            raise UserError(self.env._("Give a reason for the courtesy."))
        self._check_may_give()
        findings = self._take_open()
        self._check_budget()
        for finding in findings:
            usage = finding._record(text)
            charges = usage.charge_ids.filtered(
                lambda charge: charge.kind == "courtesy" and not charge.is_reversed
            )
            charges.filtered(
                lambda charge: not charge.reversed_charge_id
            ).courtesy_reason_id = reason
            finding._decide("courtesy", usage, reason_id=reason.id, reason=text)

    def _dismiss(self, reason):
        """Take findings off the list: they are no giveaway.

        :param reason: why; required
        """
        self._check_is_billing()
        if not (reason or "").strip():
            raise UserError(self.env._("Give the reason why it is dismissed."))
        self._take_open()._decide("dismissed", reason=reason)

    def _choose_contract_line(self, line):
        """Have findings charged to another line than the one that was found."""
        self.check_access("read")
        for finding in self._take_open():
            contract = line.contract_id
            is_theirs = (
                finding.partner_id in contract._get_customers()
                and line.company_id == finding.company_id
            )
            if not is_theirs:
                raise UserError(
                    self.env._(
                        "%(line)s is not a line of %(customer)s, nor shared with him.",
                        line=line.display_name,
                        customer=finding.partner_id.display_name,
                    )
                )
            finding.write({"contract_line_id": line.id, "contract_id": contract.id})

    def _decide(self, state, usage=None, **values):
        self.write(
            {
                "state": state,
                "usage_id": usage.id if usage else False,
                "decided_by_id": self.env.uid,
                "decided_at": self.env["service.contract"]._service_now(),
                **values,
            }
        )

    # === CHECKS === #

    def _check_is_billing(self):
        self.check_access("read")
        if not self.env.su and not self.env.user.has_group(BILLING):
            raise AccessError(self.env._("Only billing may decide what is billed."))

    def _check_may_give(self):
        """Refuse who has neither a budget to give from, nor the right by the rules.

        :raises AccessError: that says why
        """
        self.check_access("read")
        if self.env.su:
            return
        is_billing = self.env.user.has_group(BILLING)
        budgets = self.env["service.courtesy.budget"]
        for finding in self:
            if budgets._may_give(finding.company_id, finding.contract_id):
                continue
            obstacle = self.env._(
                "Only billing, or who has a courtesy budget, may give this."
            )
            if is_billing:
                obstacle = finding._get_waiver_obstacle()
            if obstacle:
                raise AccessError(obstacle)

    def _get_waiver_obstacle(self):
        """Return why the approval rules don't let the user give this; None if they do,
        or where no contract has any."""
        self.ensure_one()
        contract_sudo = self.contract_id.sudo()  # its rules
        if not contract_sudo:
            return None
        company = self.company_id
        amount = self.currency_id._convert(
            self.value, company.currency_id, company, self.day
        )
        approvals = self.env["service.approval"]
        return approvals._get_rule_obstacle("waiver", contract_sudo, amount)

    def _check_budget(self):
        """Refuse what is beyond a budget. To be overridden.

        :raises UserError: that says who may
        """
        self.env["service.courtesy.budget"]._check_gifts(
            [
                Gift(
                    finding.contract_id,
                    finding.company_id,
                    finding.day,
                    finding.value,
                    finding.currency_id,
                )
                for finding in self
            ]
        )

    def _take_open(self):
        """Lock the findings and return them as superuser, all still open and true.

        :raises UserError: when somebody was faster, or the cause is gone
        """
        findings = self.sudo()  # facts: no ACL; the right was checked before
        findings.lock_for_update()
        findings.env.flush_all()
        findings._close_gone(SQL("found.id IN %s", tuple(findings.ids) or (0,)))
        for finding in findings:
            if finding.state == "gone":
                raise UserError(
                    self.env._(
                        "%(finding)s: this is no longer so. Look again.",
                        finding=finding.display_name,
                    )
                )
            if finding.state != "open":
                raise UserError(
                    self.env._(
                        "%(finding)s: somebody has decided already.",
                        finding=finding.display_name,
                    )
                )
        return findings

    # === RECORDING === #

    def _record(self, exempt=None):
        """Have the work of a finding charged, or given away on record.

        :param exempt: the reason why it is given away; None to charge it
        :return: the usage, none where no contract can carry it
        """
        self.ensure_one()
        usage_model = self.env["service.usage"]
        if self.kind in ("undecided", "zero_price"):
            return self._record_charges(exempt)
        if not self.contract_line_id:
            if exempt:
                return usage_model  # the finding itself is the record
            raise UserError(
                self.env._(
                    "%(finding)s: no contract of %(customer)s can carry this. Choose a "
                    "line, or offer it as a quotation.",
                    finding=self.display_name,
                    customer=self.partner_id.display_name,
                )
            )
        record = {
            "time": self._record_time,
            "silent": self._record_silent,
            "uncharged": self._record_uncharged,
        }
        return record.get(self.kind, self._record_part)(exempt)

    def _record_charges(self, exempt):
        """Waive charges, or bill those that have a price."""
        usage = self.env["service.usage"].browse(self.res_id)
        charges = self._get_open_charges(usage)
        if exempt:
            charges.action_waive(exempt)
            return usage
        if self.kind == "zero_price":
            usage._settle_again()  # at the price that the contract has by now
        else:
            priced = charges.filtered("amount")
            if priced:
                priced.with_user(self.env.user)._check_may_settle("bill", None)
                priced.action_bill()
        if any(
            not charge.amount or charge.kind == "to_approve"
            for charge in self._get_open_charges(usage)
        ):
            raise UserError(
                self.env._(
                    "%(finding)s has no price. Give the contract a price for it, or "
                    "offer it as a quotation.",
                    finding=self.display_name,
                )
            )
        return usage

    def _get_open_charges(self, usage):
        """Return what stands of a usage and is not invoiced, covered or given away."""
        return usage.charge_ids._get_standing().filtered(
            lambda charge: (
                charge.kind in ("to_approve", "billable")
                and charge.billing_state in ("no", "to_invoice")
            )
        )

    def _record_time(self, exempt):
        """Let the timesheet itself say which line it is charged to."""
        timesheet = self.env["account.analytic.line"].browse(self.res_id)
        timesheet.write(
            {
                "service_found_line_id": self.contract_line_id.id,
                "service_found_reason": exempt,
            }
        )
        timesheet._sync_usages()
        return timesheet.service_usage_ids.filtered(lambda usage: not usage.is_void)[:1]

    def _record_silent(self, exempt):
        """Put the ticket on the line; where time counts, with what answers take."""
        ticket, line = self.ticket_id, self.contract_line_id
        vals = {}
        if ticket.service_contract_line_id != line:
            vals["service_contract_line_id"] = line.id
        if exempt:
            vals |= {"no_decrement": True, "no_decrement_reason": exempt}
        if vals:
            ticket.write(vals)
        if line.coverage_type not in TIME_COVERAGE:
            return ticket.service_usage_ids.filtered(lambda usage: not usage.is_void)[
                :1
            ]
        return self._capture(
            {**ticket._prepare_service_usage(), "event_at": ticket.closed_date}
        )

    def _record_uncharged(self, exempt):
        """Charge the usage again, on a line if it had none."""
        usage = self.env["service.usage"].browse(self.res_id)
        vals = {"exempt_reason": exempt} if exempt else {}
        if not usage.contract_line_id:
            vals["contract_line_id"] = self.contract_line_id.id
        usage.write(vals)
        usage._settle_again()
        return usage

    def _record_part(self, exempt):
        """Record the worth of a part."""
        line = self.contract_line_id
        amount = self.currency_id._convert(
            self.value, line.currency_id, self.company_id, self.day, False
        )
        return self._capture(
            {
                "company_id": self.company_id.id,
                "partner_id": self.partner_id.id,
                "contract_line_id": line.id,
                "exempt_reason": exempt,
                "unit": "minor",
                "quantity": round(amount * 10**line.currency_id.decimal_places),
                "event_at": line.contract_id._get_noon(self.day),
            }
        )

    def _capture(self, vals):
        """Record a usage of a finding, once."""
        return self.env["service.usage"]._capture(
            [
                {
                    "source": "manual",
                    "external_key": f"giveaway.{self.id}",
                    "description": self.description,
                    "unit": self.unit,
                    "quantity": self.quantity,
                    **vals,
                }
            ]
        )
