# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, models
from odoo.exceptions import AccessError, RedirectWarning, UserError

from ..engine.rating_facts import quote_of
from .sale_order_line_extra_work import OPEN_STATES
from .service_approval_request import ASKED_OF_HOLD


class ServiceCharge(models.Model):
    """Deciding about charges takes the right of an approval rule."""

    _inherit = "service.charge"

    # === RATING === #

    @api.model
    def _after_rating(self, charges):
        """Ask about work that waits, and stop asking about what does not."""
        result = super()._after_rating(charges)
        usages = charges.usage_id
        # What never had a charge before has no request either.
        known = usages.filtered(lambda usage: usage.charge_ids - charges)
        self.env["service.approval"]._follow(usages, known)
        return result

    @api.model
    def _add_quoted(self, usages, books):
        """Note what was approved at a price of its own: all of the usage."""
        result = super()._add_quoted(usages, books)
        for usage in usages.filtered("approved_price"):
            quotes = books[usage.contract_line_id].quotes
            quotes[usage._get_price_key()] = usage.quantity
        return result

    @api.model
    def _prepare_charge(self, usage, charge):
        vals = super()._prepare_charge(usage, charge)
        if usage.approved_price and quote_of(charge.rules) == usage._get_price_key():
            vals["explanation"] = [
                {**rule, "code": "approved_price"} if rule["code"] == "quoted" else rule
                for rule in vals["explanation"]
            ]
        return vals

    def _get_price_texts(self, rule):
        return {
            **super()._get_price_texts(rule),
            "approved_price": self.env._("Somebody approved this price."),
        }

    # === DECISIONS === #

    def _is_undecided(self):
        """Whether somebody can still decide about this charge."""
        self.ensure_one()
        return (
            self.kind in ("to_approve", "billable")
            and self.billing_state != "invoiced"
            and not self.is_reversed
            and not self.reversed_charge_id
        )

    def _is_unpriced(self):
        """Whether nothing says what it would cost; a price of 0 is a price."""
        self.ensure_one()
        return (
            self.kind == "to_approve" and not self.rate_rule_id and not self.unit_price
        )

    def _get_asked_by_itself(self):
        """Return what a request that nobody makes asks for, None for no request.

        :return: bill or cover
        """
        for charge in self.filtered(lambda charge: charge.kind == "to_approve"):
            is_quoted_now = (
                charge.hold_reason == "awaiting_quote"
                and charge.usage_id.quote_line_id.state in OPEN_STATES
            )
            if charge.hold_reason in ASKED_OF_HOLD and not is_quoted_now:
                return ASKED_OF_HOLD[charge.hold_reason]
        return None

    def _decide(self, kind, reason):
        """Decide by the rights of the approval rules; requests are answered by it."""
        asked = "courtesy" if kind == "courtesy" else "bill"
        self.check_access("read")
        self._check_not_with_customer()
        if not self.env.su:
            self._check_may_settle(asked, reason)
        charges_sudo = self.sudo()  # the right was checked above
        requests = charges_sudo.usage_id.approval_ids._filter_pending()
        if requests:
            requests._lock_pending()
            requests._close("approved", decision=asked, note=reason)
            requests._log_decision()
        return super(ServiceCharge, charges_sudo)._decide(kind, reason)

    def _check_may_settle(self, asked, reason):
        """Refuse to decide about charges without the right to, or about one's own.

        :raises AccessError: if others are to decide
        :raises RedirectWarning: if he can ask others
        """
        # Without a usage it is an SLA credit, which nobody decides this way.
        worked = self.filtered("usage_id")
        for charges in worked.grouped("usage_id").values():
            charges._check_rules(asked, reason)
            charges._check_not_own(asked, reason)

    def _check_not_with_customer(self):
        """Refuse to decide about work while the customer has a quotation for it.

        :raises UserError: that names the quotation
        """
        usages_sudo = self.sudo().usage_id  # who decides may read no usages
        requests_sudo = usages_sudo.approval_ids
        # Of work that was only planned, the request names no usage.
        requests_sudo |= usages_sudo.quote_line_id.service_approval_ids
        requests_sudo._check_not_with_customer()

    def _check_rules(self, asked, reason):
        """Refuse to decide about the charges of one usage without the right to.

        :raises AccessError: if no rule names the user
        :raises RedirectWarning: if it is too much for him: he can ask for it
        """
        approvals = self.env["service.approval"]
        contract = self.contract_id.sudo()  # who may decide by a rule: no contract ACL
        values = approvals._prepare_usage_request(self.usage_id, self, asked)
        kind, amount = approvals._get_right(values, contract)
        obstacle = approvals._get_rule_obstacle(kind, contract, amount)
        if not obstacle:
            return
        if approvals._get_rule_obstacle(kind, contract, 0):
            raise AccessError(obstacle)
        raise self._get_ask_warning(obstacle, asked, reason)

    def _check_not_own(self, asked, reason):
        """Refuse to decide about the charges of one usage that is one's own.

        :raises AccessError: if others are asked already
        :raises RedirectWarning: if nobody is: he can ask for it
        """
        usage_sudo = self.usage_id.sudo()  # who decides may read no usages
        request_sudo = usage_sudo.approval_ids._filter_pending()
        requester = request_sudo.requested_by_id or usage_sudo._get_worker()
        obstacle = self.env["service.approval"]._get_own_obstacle(
            requester, usage_sudo.company_id
        )
        if not obstacle:
            return
        if request_sudo:
            raise AccessError(obstacle)
        raise self._get_ask_warning(obstacle, asked, reason)

    def _check_courtesy_budget(self, reason):
        """Offer to ask who may give more.

        :raises RedirectWarning: if it is more than a budget allows
        """
        self.check_access("read")
        try:
            return super()._check_courtesy_budget(reason)
        except UserError as error:
            raise self._get_ask_warning(str(error), "courtesy", reason) from error

    def _get_ask_warning(self, text, asked, reason):
        """Return the error of who may not decide, with a button to ask others."""
        return RedirectWarning(
            text,
            self.env.ref("service_contract.service_approval_ask_action").id,
            self.env._("Ask for Approval"),
            {
                "active_model": self._name,
                "active_ids": self.ids,
                "default_asked": asked,
                "default_reason": reason,
            },
        )
