# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Bill one new contract and post the invoice, the way a person does.

``./dev test uninstall`` has ``odoo shell`` read this, uninstalls the addon afterwards
and compares the posted invoices.
"""

from odoo import Command, fields

env = env  # noqa: F821, PLW0127  # odoo shell's
today = fields.Date.today()
product = env["product.product"].create({"name": "Maintenance", "type": "service"})
contract = env["service.contract"].create(
    {
        "partner_id": env["res.partner"].create({"name": "Customer"}).id,
        "date_start": today,
        "line_ids": [
            Command.create(
                {
                    "product_id": product.id,
                    "name": "Maintenance, five cases a month",
                    "price_unit": 100.0,
                    "coverage_type": "cases",
                    "coverage_quantity": 5,
                    "overage_price": 60.0,
                }
            )
        ],
    }
)
contract.action_confirm()
run = env["service.billing.run"].create(
    {"company_id": contract.company_id.id, "date": today}
)
run.action_start()
run._process()
invoices = contract.billing_period_ids.move_id
invoices.filtered(lambda move: move.state == "draft").action_post()
env.cr.commit()
print("posted:", len(invoices.filtered(lambda move: move.state == "posted")))
