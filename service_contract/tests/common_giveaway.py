# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is given away in silence, as the tests of it need it."""

from odoo.fields import Command

from .common_courtesy import CourtesyCommon


class GiveawayCommon(CourtesyCommon):
    """One source of each kind, and the look that finds it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.service_hour_value = 50
        cls.team = cls.env["helpdesk.ticket.team"].create(
            {
                "name": "Desk",
                "company_id": cls.company.id,
                "user_id": cls.user_manager.id,
                "user_ids": [Command.set((cls.user_agent | cls.user_manager).ids)],
            }
        )
        cls.project = cls.env["project.project"].create(
            {"name": "Service", "company_id": cls.company.id, "allow_timesheets": True}
        )
        cls.company.service_project_id = cls.project
        cls.part = cls.env["product.product"].create(
            {"name": "Gasket", "type": "consu", "list_price": 25}
        )

    @classmethod
    def look(cls, company=None):
        """Look at once; return what is new."""
        cls.env.flush_all()
        return cls.env["service.giveaway"]._look(company or cls.company)

    @classmethod
    def found(cls, kind, **values):
        """Return what is on the list of a kind."""
        return cls.env["service.giveaway"].search(
            [
                ("kind", "=", kind),
                *((name, "=", value) for name, value in values.items()),
            ]
        )

    @classmethod
    def as_billing(cls, findings):
        return findings.with_user(cls.user_billing)

    # === SOURCES === #

    @classmethod
    def work(cls, hours=2, partner=None, **values):
        """Time on a ticket of a customer; return the timesheet."""
        ticket = cls.make_ticket(partner or cls.stranger, team_id=cls.team.id, **values)
        return cls.log_time(ticket, hours, "2025-01-10").sudo()

    @classmethod
    def plan(cls, partner):
        """Time on a project of a customer; return the timesheet."""
        return cls.env["account.analytic.line"].create(
            {
                "name": "Planning",
                "project_id": cls.project.copy({"partner_id": partner.id}).id,
                "unit_amount": 1,
                "date": "2025-01-10",
                "employee_id": cls.user_agent.employee_id.id,
            }
        )

    @classmethod
    def answer(cls, note=False, close=True, **values):
        """A ticket that an agent answers or takes notes on, and closes."""
        ticket = cls.make_ticket(team_id=cls.team.id, **values)
        ticket.message_post(
            body="Just restart it.",
            message_type="comment",
            subtype_xmlid="mail.mt_note" if note else "mail.mt_comment",
        )
        if close:
            ticket.stage_id = cls.stage_done
        return ticket.sudo()

    @classmethod
    def sell(cls, price=0, product=None, partner=None, **values):
        """A confirmed order of two parts; return its line."""
        order = cls.env["sale.order"].create(
            {
                "partner_id": (partner or cls.customer).id,
                "company_id": cls.company.id,
                "date_order": "2025-01-10 12:00:00",
                "order_line": [
                    Command.create(
                        {
                            "product_id": (product or cls.part).id,
                            "product_uom_qty": 2,
                            "price_unit": price,
                            **values,
                        }
                    )
                ],
            }
        )
        order.action_confirm()
        order.date_order = "2025-01-10 12:00:00"
        return order.order_line

    @classmethod
    def invoice(cls, price=0, product=None, partner=None, **values):
        """A posted invoice of two parts; return its line."""
        move = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "company_id": cls.company.id,
                "partner_id": (partner or cls.customer).id,
                "invoice_date": "2025-01-10",
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": (product or cls.part).id,
                            "quantity": 2,
                            "price_unit": price,
                            **values,
                        }
                    )
                ],
            }
        )
        move.action_post()
        return move.invoice_line_ids
