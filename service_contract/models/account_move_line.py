# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models


class AccountMoveLine(models.Model):
    """What a line of an invoice bills of which contract."""

    _name = "account.move.line"
    _inherit = ["account.move.line", "service.insert.mixin"]

    service_contract_id = fields.Many2one(
        "service.contract",
        copy=False,
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    service_contract_line_id = fields.Many2one(
        "service.contract.line",
        copy=False,
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    service_billing_period_id = fields.Many2one(
        "service.billing.period",
        string="Billing Period",
        copy=False,
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    service_period_start = fields.Date(
        string="Service From", copy=False, readonly=True, help="First day billed."
    )
    service_period_end = fields.Date(
        string="Service To", copy=False, readonly=True, help="Last day billed."
    )
    service_topup_id = fields.Many2one(
        "service.topup",
        string="Top-up",
        copy=False,
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    service_charge_ids = fields.One2many(
        "service.charge", "invoice_line_id", string="Charges", readonly=True
    )

    service_has_charges = fields.Boolean(
        compute="_compute_service_has_charges",
        compute_sudo=True,
        help="Whether delivered work stands behind the line.",
    )

    # === COMPUTE METHODS === #

    @api.depends("service_charge_ids")
    def _compute_service_has_charges(self):
        groups = self.env["service.charge"]._read_group(
            [("invoice_line_id", "in", self.ids)], ["invoice_line_id"]
        )
        billing = self.browse().union(*(line for (line,) in groups))
        for line in self:
            line.service_has_charges = line._origin in billing

    # === ACTIONS === #

    def action_view_service_why(self):
        """Open each rule behind the charges that the line bills."""
        return self.env["service.charge.why"]._open(self)

    def _get_charges_to_explain(self):
        return self.service_charge_ids

    # === CRUD METHODS === #

    def unlink(self):
        self._free_service_billing()
        return super().unlink()

    def _copy_data_extend_business_fields(self, values):
        """A credit note takes back the top-up of its invoice; a copy sells none."""
        result = super()._copy_data_extend_business_fields(values)
        values["service_topup_id"] = self.service_topup_id.id
        return result

    def _free_service_billing(self):
        """Make what the lines bill due again.

        A period stays billed while another line of it is left; the charges of the
        line that goes are then late, and billed as a correction.
        """
        lines_sudo = self.sudo()  # who may cancel an invoice frees what it billed
        lines_sudo = lines_sudo.filtered("service_billing_period_id")
        if not lines_sudo:
            return
        lines_sudo.service_charge_ids._free()
        lines_sudo.service_billing_period_id.filtered(
            lambda period: (
                not (period.invoice_line_ids - lines_sudo).filtered(
                    lambda line: line.parent_state != "cancel"
                )
            )
        )._free()
