# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Customers, contracts and secrets that the tests of the portal share."""

from odoo import http
from odoo.fields import Command
from odoo.tests import HttpCase

from .common import TODAY, ServiceContractCommon

# Texts of the stranger; nobody of the customer may ever see one of them.
FOREIGN = (
    "foreign-reference",
    "foreign-line",
    "foreign-ticket",
    "foreign-draft",
)
# Texts of the customer, for the customer's people only.
OWN = ("own-reference", "own-ticket")
# Texts of the house about the customer; no customer may see them.
SECRET = (
    "secret-terms",
    "secret-hold",
    "secret-timesheet",
    "secret-courtesy",
)


class PortalCommon(ServiceContractCommon, HttpCase):
    """A customer and a stranger, each with a contract, tickets and an invoice.

    The server answers as of ``NOW``.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.serve_as_of_now()
        cls.contract = cls.make_contract(
            [cls.line_values("hours", 10, name="Support hours")],
            reference="own-reference",
            note="<p>secret-terms</p>",
        ).sudo()
        cls.ticket = cls.make_ticket(name="own-ticket").sudo()
        cls.log_time(cls.ticket, 3.5, name="secret-timesheet")
        cls.invoice = cls.make_invoice(cls.contract)
        cls.draft = cls.make_contract(confirm=False, reference="own-draft").sudo()
        cls.foreign_contract = cls.make_contract(
            [cls.line_values("cases", 5, name="foreign-line")],
            partner_id=cls.stranger.id,
            reference="foreign-reference",
        ).sudo()
        cls.foreign_draft = cls.make_contract(
            confirm=False, partner_id=cls.stranger.id, reference="foreign-draft"
        ).sudo()
        cls.foreign_ticket = cls.make_ticket(
            cls.portal_stranger.partner_id, name="foreign-ticket"
        ).sudo()
        cls.foreign_invoice = cls.make_invoice(cls.foreign_contract)

    @classmethod
    def make_invoice(cls, contract, post=True, **values):
        """Make an invoice with one line of a contract."""
        invoice = (
            cls.env["account.move"]
            .sudo()
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": contract.invoice_partner_id.id,
                    "company_id": contract.company_id.id,
                    "invoice_date": TODAY,
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": "One month",
                                "quantity": 1,
                                "price_unit": 100.0,
                                "service_contract_id": contract.id,
                                "service_contract_line_id": contract.line_ids[:1].id,
                            }
                        )
                    ],
                    **values,
                }
            )
        )
        if post:
            invoice.action_post()
        return invoice

    # === HELPERS === #

    def log_in(self, user):
        """Log in as a user; None for the public."""
        self.authenticate(user and user.login, user and user.login)

    def get(self, url, **kw):
        """Get a page without following redirects."""
        return self.url_open(url, allow_redirects=False, **kw)

    def post(self, url, token=True, **data):
        """Post a form without following redirects.

        :param token: also send the CSRF token of the session
        """
        if token:
            data["csrf_token"] = http.Request.csrf_token(self)
        return self.url_open(url, data=data, method="POST", allow_redirects=False)

    def assert_redirects(self, response, path):
        self.assertIn(response.status_code, (302, 303))
        self.assertEqual(
            response.headers["Location"].removeprefix(self.base_url()), path
        )
