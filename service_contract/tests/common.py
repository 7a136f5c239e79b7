# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Companies, people, templates and helpers that the business tests share."""

from datetime import date, datetime

from odoo import SUPERUSER_ID, fields
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user

# A Wednesday. Rome is one hour ahead of UTC on that day.
NOW = datetime(2025, 1, 15, 9, 0)
TODAY = date(2025, 1, 15)
TZ = "Europe/Rome"


class ServiceContractCommon(TransactionCase):
    """Two companies that know nothing of each other, one with a branch.

    Everything happens at ``NOW`` unless a test travels (``at``). Records that the
    helpers return belong to the least privileged user who may make them; use
    ``sudo()`` to look behind the scenes.

    ============== ==========================================================
    company        EUR, Rome, with chart, journal, tax (``company_data[company]``)
    branch         a branch of ``company``
    other_company  USD, its own chart
    user_contract  makes contracts (``company`` and ``branch``)
    user_billing   bills them
    user_manager   writes templates, adjusts, waives, deletes
    user_agent     helpdesk agent who records time, without contract rights
    user_internal  an employee without any of it
    user_other     manager and agent of ``other_company``
    portal_owner, portal_colleague of ``customer``; portal_stranger of ``stranger``
    ============== ==========================================================
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_companies()
        cls._set_up_users()
        cls._set_up_customers()
        cls._set_up_products()
        cls._set_up_templates()
        cls._set_up_stages()

    # === COMPANIES === #

    @classmethod
    def _set_up_companies(cls):
        cls.env["res.currency"].with_context(active_test=False).search(
            [("name", "in", ["EUR", "USD", "JPY"])]
        ).active = True
        cls.eur = cls.env.ref("base.EUR")
        cls.usd = cls.env.ref("base.USD")
        cls.jpy = cls.env.ref("base.JPY")
        italy = cls.env.ref("base.it").id
        companies = cls.env["res.company"].create(
            [
                {"name": "SC Rome", "currency_id": cls.eur.id, "country_id": italy},
                {"name": "SC Other", "currency_id": cls.usd.id, "country_id": italy},
            ]
        )
        cls.company, cls.other_company = companies
        companies.partner_id.tz = TZ
        cls.env = cls.env(
            context={
                **cls.env.context,
                "service_contract_now": NOW,
                "allowed_company_ids": cls.company.ids,
                "no_reset_password": True,
            }
        )
        cls.company_data = {
            company: cls._set_up_accounting(company) for company in companies
        }
        cls.branch = cls.env["res.company"].create(
            {
                "name": "SC Rome, Branch",
                "parent_id": cls.company.id,
                "country_id": italy,
            }
        )
        data = cls.company_data[cls.company]
        cls._set_default_accounts(cls.branch, data["income"], data["receivable"])
        companies = cls.company | cls.other_company | cls.branch
        cls.company, cls.other_company, cls.branch = companies.with_env(cls.env)

    @classmethod
    def _set_up_accounting(cls, company):
        """Make the least a company needs to post customer invoices.

        :return: dict of income and receivable account, sales journal and tax
        """
        env = cls.env(context={**cls.env.context, "allowed_company_ids": company.ids})
        accounts = env["account.account"].create(
            [
                {
                    "name": "Service income",
                    "code": "400100",
                    "account_type": "income",
                    "company_ids": company.ids,
                },
                {
                    "name": "Receivable",
                    "code": "120100",
                    "account_type": "asset_receivable",
                    "reconcile": True,
                    "company_ids": company.ids,
                },
            ]
        )
        income, receivable = accounts
        cls._set_default_accounts(company, income, receivable)
        journal = env["account.journal"].create(
            {
                "name": "Sales",
                "code": "SCINV",
                "type": "sale",
                "company_id": company.id,
                "default_account_id": income.id,
            }
        )
        tax_group = env["account.tax.group"].create(
            {"name": "VAT", "company_id": company.id}
        )
        tax = env["account.tax"].create(
            {
                "name": "VAT 22 %",
                "amount": 22.0,
                "type_tax_use": "sale",
                "tax_group_id": tax_group.id,
                "company_id": company.id,
            }
        )
        return {
            "income": income,
            "receivable": receivable,
            "journal": journal,
            "tax": tax,
        }

    @classmethod
    def _set_default_accounts(cls, company, income, receivable):
        company.income_account_id = income
        cls.env["ir.default"].set(
            "res.partner",
            "property_account_receivable_id",
            receivable.id,
            company_id=company.id,
        )

    # === PEOPLE === #

    @classmethod
    def _set_up_users(cls):
        both = (cls.company | cls.branch).ids
        cls.user_contract = cls._make_user(
            "sc_contract", "service_contract.service_contract_group_user", both
        )
        cls.user_billing = cls._make_user(
            "sc_billing", "service_contract.service_contract_group_billing", both
        )
        cls.user_manager = cls._make_user(
            "sc_manager", "service_contract.service_contract_group_manager", both
        )
        cls.user_agent = cls._make_user(
            "sc_agent",
            "helpdesk_mgmt.group_helpdesk_user,hr_timesheet.group_hr_timesheet_user",
            cls.company.ids,
        )
        cls.user_internal = cls._make_user(
            "sc_internal", "base.group_user", cls.company.ids
        )
        cls.user_other = cls._make_user(
            "sc_other",
            "service_contract.service_contract_group_manager,"
            "helpdesk_mgmt.group_helpdesk_user,hr_timesheet.group_hr_timesheet_user",
            cls.other_company.ids,
        )
        cls.env["hr.employee"].create(
            [
                {"user_id": user.id, "company_id": user.company_id.id}
                for user in cls.user_agent | cls.user_manager | cls.user_other
            ]
        )

    @classmethod
    def _make_user(cls, login, groups, company_ids=None, **values):
        """Make a user; the first company is the one that he starts in."""
        company_ids = company_ids or cls.company.ids
        user = new_test_user(
            cls.env,
            login=login,
            groups=groups,
            email=f"{login}@example.com",
            tz=TZ,
            company_id=company_ids[0],
            company_ids=[Command.set(company_ids)],
            **values,
        )
        return user

    @classmethod
    def _set_up_customers(cls):
        partners = cls.env["res.partner"]
        cls.customer = partners.create(
            {"name": "Trattoria Aurora", "is_company": True, "tz": TZ}
        )
        cls.contact, cls.contact_2 = partners.create(
            [
                {"name": "Anna Aurora", "parent_id": cls.customer.id},
                {"name": "Aldo Aurora", "parent_id": cls.customer.id},
            ]
        )
        cls.site, cls.site_2 = partners.create(
            [
                {"name": name, "parent_id": cls.customer.id, "type": "delivery"}
                for name in ("Kitchen", "Cellar")
            ]
        )
        cls.stranger = partners.create(
            {"name": "Bar Boreale", "is_company": True, "tz": TZ}
        )
        stranger_contact = partners.create(
            {"name": "Bruno Boreale", "parent_id": cls.stranger.id}
        )
        cls.portal_owner, cls.portal_colleague, cls.portal_stranger = (
            cls._make_user(login, "base.group_portal", partner_id=partner.id)
            for login, partner in (
                ("sc_owner", cls.contact),
                ("sc_colleague", cls.contact_2),
                ("sc_stranger", stranger_contact),
            )
        )

    # === PRODUCTS AND TEMPLATES === #

    @classmethod
    def _set_up_products(cls):
        taxes = cls.env["account.tax"].browse(
            data["tax"].id for data in cls.company_data.values()
        )
        values = {
            "type": "service",
            "invoice_policy": "order",
            "taxes_id": [Command.set(taxes.ids)],
        }
        products = cls.env["product.product"].create(
            [
                {**values, "name": "Maintenance", "list_price": 100.0},
                {**values, "name": "Overage", "list_price": 60.0},
                {**values, "name": "Oven", "list_price": 900.0},
                {**values, "name": "Fridge", "list_price": 700.0},
            ]
        )
        cls.product, cls.product_overage, cls.oven, cls.fridge = products

    @classmethod
    def _set_up_templates(cls):
        coverages = {
            "cases": 5,
            "hours": 10,
            "unlimited": 0,
            "amount": 500,
            "visits": 2,
        }
        templates = cls.env["service.contract.template"].create(
            [
                {
                    "name": f"Template, {coverage}",
                    "currency_id": cls.eur.id,
                    "tz": TZ,
                    "line_ids": [Command.create(cls.line_values(coverage, quantity))],
                }
                for coverage, quantity in coverages.items()
            ]
        )
        (
            cls.template_cases,
            cls.template_hours,
            cls.template_unlimited,
            cls.template_amount,
            cls.template_visits,
        ) = templates

    @classmethod
    def _set_up_stages(cls):
        prefix = "helpdesk_mgmt.helpdesk_ticket_stage"
        cls.stage_new = cls.env.ref(f"{prefix}_new")
        cls.stage_progress = cls.env.ref(f"{prefix}_in_progress")
        cls.stage_done = cls.env.ref(f"{prefix}_done")
        cls.stage_cancelled = cls.env.ref(f"{prefix}_cancelled")

    # === HELPERS === #

    @classmethod
    def line_values(cls, coverage="cases", quantity=5, **values):
        """Return values of a template or contract line, monthly in advance."""
        return {
            "product_id": cls.product.id,
            "name": f"Line of {quantity} {coverage}",
            "price_unit": 100.0,
            "coverage_type": coverage,
            "coverage_quantity": quantity,
            "overage_price": 60.0,
            "overage_product_id": cls.product_overage.id,
            **values,
        }

    @classmethod
    def make_contract(cls, lines=None, confirm=True, user=None, **values):
        """Make a contract of the year 2025 for ``customer``.

        :param lines: values of the lines (``line_values``); without lines and
            template: one line of five cases a month
        :param confirm: also confirm it
        :param user: who makes it; ``user_contract`` if none is given
        """
        if lines is None and "template_id" not in values:
            lines = [cls.line_values()]
        if lines is not None:
            values["line_ids"] = [Command.create(line) for line in lines]
        contracts = cls.env["service.contract"].with_user(user or cls.user_contract)
        contract = contracts.with_context(allowed_company_ids=None).create(
            {
                "partner_id": cls.customer.id,
                "date_start": date(2025, 1, 1),
                "date_end": date(2025, 12, 31),
                "tz": TZ,
                **values,
            }
        )
        if confirm:
            contract.action_confirm()
        return contract

    @classmethod
    def make_ticket(cls, partner=None, user=None, **values):
        """Make a ticket of the customer's contact as the helpdesk agent."""
        return (
            cls.env["helpdesk.ticket"]
            .with_user(user or cls.user_agent)
            .with_context(allowed_company_ids=None)
            .create(
                {
                    "name": "The oven is cold",
                    "description": "<p>Since this morning.</p>",
                    "partner_id": (partner or cls.contact).id,
                    **values,
                }
            )
        )

    @classmethod
    def log_time(cls, ticket, hours, day=TODAY, **values):
        """Record hours on a ticket as the helpdesk agent."""
        return (
            cls.env["account.analytic.line"]
            .with_user(cls.user_agent)
            .with_context(allowed_company_ids=None)
            .create(
                {
                    "name": "Worked on it",
                    "ticket_id": ticket.id,
                    "unit_amount": hours,
                    "date": day,
                    "employee_id": cls.user_agent.employee_id.id,
                    **values,
                }
            )
        )

    def run_cron(self, model, method, instant=None, **kwargs):
        """Run the method of a scheduled action in a cursor of its own, at an instant.

        :param instant: naive UTC datetime or string; ``NOW`` if none is given
        """
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            env = self.env(cr=cr, user=SUPERUSER_ID)
            getattr(self.at(env[model], instant or NOW), method)(**kwargs)

    @classmethod
    def serve_as_of_now(cls):
        """Let the server answer as of ``cls.instant``, which is ``NOW`` at first."""
        cls.instant = NOW
        cls.classPatch(
            cls.env.registry["service.contract"],
            "_service_now",
            lambda model: model.env.context.get("service_contract_now") or cls.instant,
        )

    def count_queries(self, work, *args, **kwargs):
        """Return how many queries work takes, what it leaves to be flushed included."""
        self.env.flush_all()
        self.env.cr.flush()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        work(*args, **kwargs)
        self.env.cr.flush()
        return self.env.cr.sql_log_count - before

    @classmethod
    def set_currency_rate(cls, currency, rate):
        """Set what a unit of the company's currency is worth since the new year."""
        cls.env["res.currency.rate"].create(
            {
                "currency_id": currency.id,
                "company_id": cls.company.id,
                "name": "2025-01-01",
                "rate": rate,
            }
        )

    @staticmethod
    def at(records, instant):
        """Return the records as seen at another instant.

        :param instant: naive UTC datetime, or a string of one
        """
        return records.with_context(
            service_contract_now=fields.Datetime.to_datetime(instant)
        )
