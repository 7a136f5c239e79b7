# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from collections import defaultdict
from datetime import timedelta

from markupsafe import Markup
from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError

from .service_approval_decide import ACTIVITY, KIND_OF_DECISION

# The right that a decision takes, by why a charge waits; others are about coverage.
KIND_OF_HOLD = {
    "out_of_scope": "scope",
    "awaiting_quote": "scope",
    "quota": "quota",
    "unrated": "rate",
}
# Charges that wait for these reasons are asked about by themselves, and for what;
# beyond a quotation only once the customer has signed it.
ASKED_OF_HOLD = {"out_of_scope": "bill", "quota": "cover", "awaiting_quote": "bill"}
# Nobody is told of a request beyond these, the first of the rules.
MAX_TOLD = 5
DEFAULT_DAYS = 7


class ServiceApproval(models.Model):
    """How requests come to be, and how people learn of them."""

    _inherit = "service.approval"

    # === MAKING REQUESTS === #

    @api.model
    def _request(self, vals_list):
        """Ask for decisions. Whether somebody may ask is checked before.

        :param vals_list: name, kind, asked, contract_line_id and amount; optionally
            reason, usage_id, ticket_id, sla_credit_id, unit, quantity, price,
            is_unpriced, explanation, is_automatic, requested_by_id, attachment_ids
        :return: the requests
        """
        now = self.env["service.contract"]._service_now()
        rules = self.env["service.approval.rule"]._get_all()
        lines = self.env["service.contract.line"].sudo()  # ledger: no ACL
        for vals in vals_list:
            contract = lines.browse(vals["contract_line_id"]).contract_id
            kind, amount = self._get_right(vals, contract)
            vals.setdefault("requested_by_id", self.env.uid)
            vals.update(
                company_amount=amount or 0.0,
                requested_at=now,
                valid_until=now + self._get_validity(rules, kind, contract, amount),
            )
        quiet = self.sudo().with_context(  # no ACL to make one
            mail_create_nolog=True, mail_create_nosubscribe=True, tracking_disable=True
        )
        approvals = quiet.create(vals_list)
        return approvals.with_env(self.sudo().env)  # requests: made by verbs, no ACL

    @api.model
    def _to_company_amount(self, amount, contract):
        """Return an amount of a contract in the currency of its company, as of today.

        The limits of the rules are in that currency, and without a sign.
        """
        company = contract.company_id
        return contract.currency_id._convert(
            abs(amount), company.currency_id, company, contract._today()
        )

    @api.model
    def _get_right(self, values, contract):
        """Return what somebody needs the right for who decides: kind and amount.

        :param values: of a request
        :return: the amount is in the currency of the contract's company; None where
            no price is known
        """
        if values.get("is_unpriced"):
            return values["kind"], None
        return values["kind"], self._to_company_amount(values["amount"], contract)

    @api.model
    def _get_validity(self, rules, kind, contract, amount):
        """Return for how long a request is valid: by the first rule that reaches it."""
        found = rules._filter_for(kind, contract)._filter_amount(amount)
        return timedelta(days=found[:1].valid_days or DEFAULT_DAYS)

    @api.model
    def _prepare_usage_request(self, usage, charges, asked, **values):
        """Return the values of a request about something delivered.

        :param charges: those of its charges that are to be decided about
        """
        holds = set(charges.mapped("hold_reason")) - {False}
        hold = min(holds, default=None)
        kind = KIND_OF_HOLD.get(hold, "coverage")
        explanation = []
        for charge in charges:
            rules = charge.explanation or []
            # That it waits for a decision is what the request is about.
            explanation += [
                rule
                for rule in rules
                if rule not in explanation and rule["code"] != "asks"
            ]
        return {
            "name": usage.display_name,
            "kind": KIND_OF_DECISION.get(asked, kind),
            "asked": asked,
            "contract_line_id": usage.contract_line_id.id,
            "usage_id": usage.id,
            "ticket_id": usage.ticket_id.id,
            "unit": usage.unit,
            "quantity": sum(charges.mapped("quantity")),
            "amount": sum(charges.mapped("amount")),
            "is_unpriced": any(charge._is_unpriced() for charge in charges),
            "explanation": explanation,
            **values,
        }

    # === FOLLOWING WHAT IS DELIVERED === #

    @api.model
    def _follow(self, usages, known):
        """Ask about work that waits, and withdraw what there is to decide no more.

        The number of queries does not grow with the usages.

        :param usages: that were rated just now
        :param known: those that had charges before, so may have requests
        """
        waiting = usages._get_undecided()
        pending = stale = self.browse()
        if known:
            pending = self.sudo().search(  # as the ledger: no ACL to write
                [("usage_id", "in", known.ids), ("state", "=", "pending")]
            )
            stale = pending.filtered(
                lambda a: not a._still_asks(waiting.get(a.usage_id))
            )
            stale._withdraw(self.env._("It is rated anew."))
            # Another request about the same may follow: one at a time is open.
            stale.flush_recordset(["state"])
        asked_about = (pending - stale).usage_id
        wanted = []
        for usage, charges in waiting.items():
            asked = charges._get_asked_by_itself()
            if asked and usage not in asked_about:
                wanted.append(
                    self._prepare_usage_request(
                        usage,
                        charges,
                        asked,
                        is_automatic=True,
                        requested_by_id=usage._get_worker().id,
                    )
                )
        if wanted:
            self._request_once(wanted)

    @api.model
    def _request_once(self, vals_list):
        """Make requests and let the scheduled action tell of them.

        :raises ConcurrencyError: if somebody has asked about the same meanwhile
        """
        try:
            self._request(vals_list)
            self.env.flush_all()
        except UniqueViolation as error:
            raise ConcurrencyError(self.env._("Somebody has asked already.")) from error
        cron = self.env.ref("service_contract.ir_cron_tell_approvals", False)
        if cron:
            cron.sudo()._trigger()  # users may not write scheduled actions

    def _still_asks(self, charges):
        """Whether a request is about these charges of its usage, as it was asked.

        :param charges: those to be decided about now, or None
        """
        self.ensure_one()
        if self.order_line_id:
            # What was quoted stays asked until the customer answers.
            return bool(charges)
        if not charges:
            return False
        wanted = self._prepare_usage_request(self.usage_id, charges, self.asked)
        same = ("contract_line_id", "kind", "quantity", "explanation")
        stored = self._convert_to_write({name: self[name] for name in same})
        return all(wanted[name] == stored[name] for name in same) and (
            # Of another price, the difference is at stake.
            self.asked == "price"
            or (
                self.is_unpriced == wanted["is_unpriced"]
                and not self.currency_id.compare_amounts(self.amount, wanted["amount"])
            )
        )

    # === TELLING === #

    @api.model
    def _cron_tell(self, limit=100):
        """Tell of requests that were made by themselves."""
        cron = self.env["ir.cron"]
        domain = [("told_at", "=", False), ("state", "=", "pending")]
        cron._commit_progress(remaining=self.search_count(domain))
        while approvals := self.search(domain, limit=limit, order="id"):
            locked = approvals.try_lock_for_update(allow_referencing=True)
            locked._tell()
            if not cron._commit_progress(len(approvals)) or locked != approvals:
                break

    def _tell(self):
        """Tell those who may decide, at most a few, and note it around the request."""
        rules = self.env["service.approval.rule"]._get_all()
        now = self.env["service.contract"]._service_now()
        template = self.env.ref("service_contract.mail_template_approval", False)
        activities = []
        for approval in self:
            approvers = approval._get_approvers(rules)[:MAX_TOLD]
            activities += approval._prepare_activities(approvers)
            if template:
                approval._queue_mails(approvers, rules, template)
        quiet = self.env["mail.activity"].with_context(mail_activity_quick_update=True)
        quiet.create(activities)
        self.write({"told_at": now})
        self._log_request()

    def _prepare_activities(self, users):
        """Return values of the activities by which people see what they can decide."""
        self.ensure_one()
        return [
            {
                "activity_type_id": self.env.ref(ACTIVITY).id,
                "automated": True,
                "res_model_id": self.env["ir.model"]._get_id(self._name),
                "res_id": self.id,
                "user_id": user.id,
                "summary": self.name,
                "date_deadline": fields.Date.context_today(
                    self.with_context(tz=user.tz), self.valid_until
                ),
            }
            for user in users
        ]

    def _queue_mails(self, users, rules, template):
        """Owe a mail with the links to those whose rule says so."""
        by_mail = (
            rules._filter_for(self.kind, self.contract_id)
            .filtered("tells_by_mail")
            ._filter_amount(self._get_limited_amount())
        )
        for user in users & by_mail._get_users(self.company_id):
            if user.email:
                self.env["service.outbox"]._queue(
                    self, "approval", user.partner_id, "1", template
                )

    def _log_request(self):
        """Note on tickets and contracts what was asked."""
        for records in ("ticket_id", "contract_id"):
            texts = defaultdict(list)
            for approval in self.filtered(records):
                texts[approval[records].id].append(approval._get_request_text())
            self[records]._message_log_batch(
                {id_: Markup("<br/>").join(lines) for id_, lines in texts.items()}
            )

    def _get_request_text(self):
        self.ensure_one()
        return self.env._(
            "%(link)s: approval asked by %(who)s, %(amount)s. %(what)s",
            link=self._get_html_link(),
            who=self.requested_by_id.name,
            amount=self.currency_id.format(self.amount),
            what=self.approve_text,
        )
