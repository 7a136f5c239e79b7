# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models
from odoo.tools import SQL

SOURCES = [
    ("credit", "Paid by a credit"),
    ("waived", "Waived"),
    ("exempt", "Not decremented"),
    ("found", "Found, without a contract"),
]


class ServiceCourtesyReport(models.Model):
    """What was given away: a row for each charge of kind courtesy that stands.

    Also what was found to be given away, and was called a courtesy, where no contract
    could carry a charge. Read whenever it is asked for; nothing is stored.
    """

    _name = "service.courtesy.report"
    _description = "Given Away"
    _auto = False
    _order = "day desc, id desc"
    _depends = {
        "service.charge": [
            "amount",
            "company_id",
            "contract_id",
            "contract_line_id",
            "courtesy_reason_id",
            "currency_id",
            "entry_id",
            "event_at",
            "is_reversed",
            "kind",
            "partner_id",
            "quantity",
            "reason",
            "reversed_charge_id",
            "ticket_id",
            "unit",
            "usage_id",
        ],
        "service.contract": ["tz"],
        "service.courtesy": ["approver_id", "reason_id"],
        "service.coverage.counter": ["courtesy_id"],
        "service.coverage.entry": ["counter_id"],
        "service.giveaway": [
            "company_id",
            "contract_id",
            "contract_line_id",
            "currency_id",
            "day",
            "decided_by_id",
            "hours",
            "partner_id",
            "reason",
            "reason_id",
            "state",
            "ticket_id",
            "usage_id",
            "value",
        ],
        "service.usage": ["exempt_reason"],
    }

    day = fields.Date(readonly=True, help="When it was delivered.")
    source = fields.Selection(SOURCES, string="How", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    contract_id = fields.Many2one("service.contract", readonly=True)
    contract_line_id = fields.Many2one("service.contract.line", readonly=True)
    ticket_id = fields.Many2one("helpdesk.ticket", readonly=True)
    charge_id = fields.Many2one("service.charge", readonly=True)
    courtesy_id = fields.Many2one("service.courtesy", string="Credit", readonly=True)
    reason_id = fields.Many2one("service.courtesy.reason", readonly=True)
    reason = fields.Char(string="Why", readonly=True)
    user_id = fields.Many2one("res.users", string="Given By", readonly=True)
    hours = fields.Float(readonly=True)
    amount = fields.Monetary(
        string="Worth", readonly=True, help="What it would have cost, untaxed."
    )
    currency_id = fields.Many2one("res.currency", readonly=True)

    @property
    def _table_query(self):
        """SQL: the ledger grows for ever, and only its courtesies are looked at."""
        return SQL(
            "%s UNION ALL %s", self._get_charges_query(), self._get_found_query()
        )

    def _get_charges_query(self):
        return SQL(
            """
            SELECT charge.id,
                   (charge.event_at AT TIME ZONE 'UTC' AT TIME ZONE contract.tz)::date
                       AS day,
                   CASE
                       WHEN courtesy.id IS NOT NULL THEN 'credit'
                       WHEN COALESCE(usage.exempt_reason, '') <> '' THEN 'exempt'
                       ELSE 'waived'
                   END AS source,
                   charge.company_id, charge.partner_id, charge.contract_id,
                   charge.contract_line_id, charge.ticket_id, charge.id AS charge_id,
                   courtesy.id AS courtesy_id,
                   COALESCE(charge.courtesy_reason_id, courtesy.reason_id) AS reason_id,
                   charge.reason,
                   COALESCE(courtesy.approver_id, charge.create_uid) AS user_id,
                   CASE WHEN charge.unit = 'second' THEN charge.quantity / 3600.0 END
                       AS hours,
                   charge.amount, charge.currency_id
              FROM service_charge AS charge
              JOIN service_contract AS contract ON contract.id = charge.contract_id
         LEFT JOIN service_usage AS usage ON usage.id = charge.usage_id
         LEFT JOIN service_coverage_entry AS entry ON entry.id = charge.entry_id
         LEFT JOIN service_coverage_counter AS counter ON counter.id = entry.counter_id
         LEFT JOIN service_courtesy AS courtesy ON courtesy.id = counter.courtesy_id
             WHERE charge.kind = 'courtesy'
               AND charge.reversed_charge_id IS NULL
               AND charge.is_reversed IS NOT TRUE
            """
        )

    def _get_found_query(self):
        return SQL(
            """
            SELECT -found.id AS id, found.day, 'found' AS source, found.company_id,
                   found.partner_id, found.contract_id, found.contract_line_id,
                   found.ticket_id, NULL::int AS charge_id, NULL::int AS courtesy_id,
                   found.reason_id, found.reason, found.decided_by_id AS user_id,
                   found.hours, found.value AS amount, found.currency_id
              FROM service_giveaway AS found
             WHERE found.state = 'courtesy'
               AND found.usage_id IS NULL
            """
        )

    def action_open(self):
        """Open the credit, the charge or the finding behind a row."""
        self.ensure_one()
        record = self.courtesy_id or self.charge_id
        if not record:
            record = self.env["service.giveaway"].browse(-self.id)
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "view_mode": "form",
        }
