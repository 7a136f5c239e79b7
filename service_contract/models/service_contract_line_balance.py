# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError


class ServiceContract(models.Model):
    """Whether the customer is told that a balance is low."""

    _inherit = "service.contract"

    low_balance_mail = fields.Boolean(
        string="Tell the Customer of Low Balances",
        compute="_compute_low_balance_mail",
        store=True,
        readonly=False,
        precompute=True,
        help="The customer gets a mail when a line passes one of its thresholds. The "
        "responsible is told in any case.",
    )

    @api.depends("company_id")
    def _compute_low_balance_mail(self):
        for contract in self:
            company = contract.company_id or self.env.company
            contract.low_balance_mail = company.service_low_balance_mail


class ServiceContractLine(models.Model):
    """What was told of a line's balance, and what was sold beside it."""

    _inherit = "service.contract.line"

    balance_alert_ids = fields.One2many("service.balance.alert", "contract_line_id")
    topup_ids = fields.One2many("service.topup", "contract_line_id")

    def _check_takes_topup(self):
        """Refuse to sell units for a line that grants none, or no more.

        :raises UserError: with what to do
        """
        self.ensure_one()
        if not self._is_counted():
            raise UserError(
                self.env._("%(line)s counts nothing to top up.", line=self.display_name)
            )
        end = self._get_end()
        is_over = end and end <= self.contract_id._today()
        if self.contract_state not in ("invoiced", "active", "on_hold") or is_over:
            raise UserError(
                self.env._(
                    "%(line)s is not agreed, or over. Confirm or renew the contract "
                    "first.",
                    line=self.display_name,
                )
            )

    def _top_up(self, product, packs, pack_units, price, usable, document):
        """Sell packs of units for this line.

        :param pack_units: base units of one pack
        :param usable: posted or paid, see ``service.topup``
        :param document: quotation or invoice
        :return: the sale.order or account.move, a draft
        """
        self.ensure_one()
        self._check_takes_topup()
        if product.service_contract_template_id:
            raise UserError(
                self.env._(
                    "%(product)s sells a contract of its own. Choose a product without "
                    "a contract template.",
                    product=product.display_name,
                )
            )
        topups = self.env["service.topup"].sudo()  # made with its document only
        topup = topups.create(
            {
                "contract_line_id": self.id,
                "product_id": product.id,
                "quantity": packs,
                "pack_units": pack_units,
                "price_unit": price,
                "usable": usable,
                "months": self.topup_months,
                "priority": self.topup_priority,
            }
        )
        return topup.with_env(self.env)._make_document(document)

    def action_top_up(self, document="quotation"):
        """Sell one pack on the terms of the line, and open what sells it.

        Where the line says nothing about packs, the dialog asks.

        :param document: quotation or invoice
        """
        self.ensure_one()
        self.contract_id.check_access("write")
        if not (self.topup_product_id and self.topup_quantity):
            action = self.env["ir.actions.act_window"]._for_xml_id(
                "service_contract.service_topup_order_action"
            )
            return {**action, "context": {"default_contract_line_id": self.id}}
        return self._view_document(self._top_up_one_pack(document))

    def _view_document(self, document):
        """Open the quotation or invoice of a top-up for who may read it."""
        if not document.with_user(self.env.user).has_access("read"):
            return {"type": "ir.actions.act_window_close"}
        return {
            "type": "ir.actions.act_window",
            "res_model": document._name,
            "res_id": document.id,
            "view_mode": "form",
        }

    def _top_up_one_pack(self, document):
        """Sell a pack as the line says; return the document."""
        return self._top_up(
            self.topup_product_id,
            1,
            self._to_base_units(self.topup_quantity),
            self.topup_price,
            self.topup_usable,
            document,
        )

    def _top_up_by_itself(self):
        """Make a draft of one pack, unless an earlier one still waits."""
        self.ensure_one()
        if any(topup.state == "waiting" for topup in self.topup_ids):
            return
        document = self._top_up_one_pack(self.topup_auto)
        self.contract_id.activity_schedule(
            "service_contract.mail_activity_type_topup",
            note=self.env._(
                "%(document)s was made since the balance is low. Check and send it.",
                document=document._get_html_link(),
            ),
            user_id=(self.contract_id.user_id or self.env.user).id,
        )
