# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.service_approval import RULINGS


class ServiceApprovalAsk(models.TransientModel):
    """Asks others to decide what one may not decide oneself, with the reason."""

    _name = "service.approval.ask"
    _description = "Ask for Approval"
    _inherit = "service.dialog.mixin"
    _about = ("charge_ids", "sla_credit_ids")

    charge_ids = fields.Many2many("service.charge", string="Charges")
    sla_credit_ids = fields.Many2many("service.sla.credit", string="SLA Credits")
    asked = fields.Selection(
        RULINGS,
        string="Ask To",
        default="courtesy",
        help="What happens when it is approved.",
    )
    price = fields.Float(
        digits="Product Price",
        help="Of one hour or piece, in the currency of the contract.",
    )
    reason = fields.Text(string="Why", required=True)
    attachment_ids = fields.Many2many(
        "ir.attachment", string="Proof", help="Photos, mails, reports."
    )
    preview = fields.Text(compute="_compute_preview", string="What Will Happen")

    @api.model
    def default_get(self, fields):
        defaults = super().default_get(fields)
        model = self.env.context.get("active_model")
        records = self.env.context.get("active_ids") or []
        if model == "helpdesk.ticket":
            tickets = self.env[model].browse(records)
            charges = tickets.service_charge_ids.filtered(lambda c: c._is_undecided())
            defaults["charge_ids"] = charges.ids
        elif model == "service.charge":
            defaults["charge_ids"] = records
        elif model == "service.sla.credit":
            defaults["sla_credit_ids"] = records
        return defaults

    @api.depends("charge_ids", "sla_credit_ids", "asked", "price")
    @api.depends_context("lang")
    def _compute_preview(self):
        for wizard in self:
            wizard.preview = wizard._get_preview()

    def _get_preview(self):
        """Return who is asked about how much."""
        self.ensure_one()
        approvals = self.env["service.approval"].sudo()  # who asks: no ACL on rules
        rules = self.env["service.approval.rule"]._get_all()
        texts = []
        for vals in self._prepare_requests():
            request = approvals.new(
                {**vals, "state": "pending", "requested_by_id": self.env.uid}
            )
            if not self._makes_sense(vals):
                texts.append(self._get_senseless_text(vals))
                continue
            request.company_amount = approvals._to_company_amount(
                request.amount, request.contract_id
            )
            people = request._get_approvers(rules).mapped("name")
            amount = request.currency_id.format(request.amount)
            words = {"what": request.name, "amount": amount, "who": ", ".join(people)}
            if people:
                text = self.env._("%(what)s, %(amount)s: %(who)s can decide.", **words)
            else:
                text = self.env._(
                    "%(what)s, %(amount)s: nobody may decide this. A manager has to "
                    "write an approval rule first.",
                    **words,
                )
            texts.append(text)
        return "\n".join(texts) or self.env._("There is nothing to decide here.")

    def _prepare_requests(self):
        """Return the values of the requests, one for each delivered thing or credit."""
        self.ensure_one()
        usages_sudo = self.charge_ids.sudo().usage_id  # who asks may read no usages
        vals_list = [
            self._prepare_usage_request(usage, charges)
            for usage, charges in usages_sudo._get_undecided().items()
        ]
        for credit in self.sla_credit_ids.filtered(lambda c: c.decision == "proposed"):
            vals_list.append(
                {
                    "name": credit.explanation,
                    "kind": "credit",
                    "asked": "credit",
                    "contract_line_id": credit.contract_line_id.id,
                    "sla_credit_id": credit.id,
                    "ticket_id": credit.ticket_id.id,
                    "amount": credit.amount,
                }
            )
        return vals_list

    def _prepare_usage_request(self, usage, charges):
        vals = self.env["service.approval"]._prepare_usage_request(
            usage, charges, self.asked
        )
        if self.asked == "price":
            # At stake is what the customer pays more or less than at the rate.
            shown = vals["quantity"] / charges[0]._get_base_units_per_unit()
            vals["amount"] = self.price * shown - vals["amount"]
            vals["price"] = self.price
            vals["is_unpriced"] = False
        return vals

    def action_apply(self):
        """Make the requests and tell those who can decide."""
        self.ensure_one()
        for records in (self.charge_ids, self.sla_credit_ids):
            if records:
                records.check_access("read")
        self.charge_ids._check_not_with_customer()
        if self.asked == "price" and self.price <= 0:
            raise UserError(self.env._("Give the price that is to be billed."))
        vals_list = self._prepare_requests()
        if not vals_list:
            raise UserError(self.env._("There is nothing to decide here."))
        for vals in vals_list:
            if not self._makes_sense(vals):
                raise UserError(self._get_senseless_text(vals))
        self._check_not_asked(vals_list)
        approvals = self.env["service.approval"]._request(
            [{**vals, "reason": self.reason} for vals in vals_list]
        )
        self._attach_to(approvals)
        approvals._tell()
        return self.env["service.approval"]._get_list_action(
            [("id", "in", approvals.ids)]
        )

    @api.model
    def _makes_sense(self, vals):
        """Whether what is asked can be decided at all."""
        request = self.env["service.approval"].new(vals)
        return request.asked in request._get_choices()

    @api.model
    def _get_senseless_text(self, vals):
        return self.env._(
            "%(what)s can't be covered: no allotment is left for it. Ask to bill it "
            "or to give it away.",
            what=vals["name"],
        )

    def _check_not_asked(self, vals_list):
        """Refuse to ask twice; it is one decision."""
        approvals = self.env["service.approval"].sudo()  # who asks may not see it
        for name in ("usage_id", "sla_credit_id"):
            ids = [vals[name] for vals in vals_list if vals.get(name)]
            asked = approvals.search([(name, "in", ids), ("state", "=", "pending")])
            if asked:
                raise UserError(
                    self.env._(
                        "“%(what)s” waits for a decision already: %(who)s asked.",
                        what=asked[0].name,
                        who=asked[0].requested_by_id.name,
                    )
                )

    def _attach_to(self, approvals):
        """Give each request the proof, so that who sees it sees the proof."""
        own = self.attachment_ids.filtered(
            lambda attachment: attachment.create_uid == self.env.user
        )
        proof = own.sudo()  # uploaded here by this user
        for approval in approvals:
            copies = proof.browse()
            for attachment in proof:
                copies |= attachment.copy(
                    {"res_model": approval._name, "res_id": approval.id}
                )
            approval.attachment_ids = copies
