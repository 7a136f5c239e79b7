# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A calendar, a tier, a pause reason, and policies made by the manager."""

from odoo.fields import Command

from .common import ServiceContractCommon


class SlaPolicyCommon(ServiceContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        policies = cls.env["service.sla.policy"]
        policies.search([("is_default", "=", True)]).is_default = False  # demo data
        cls.calendar = cls.make_calendar()
        cls.empty_calendar = cls.make_calendar(attendance_ids=[])
        cls.tier = cls.env["service.tier"].create({"name": "Gold"})
        cls.reason = cls.env["service.sla.pause.reason"].create({"name": "Asked"})

    @classmethod
    def make_calendar(cls, company=None, **values):
        """Make a calendar of Monday to Friday, 8 to 17 with a lunch break."""
        company = company or cls.company
        return (
            cls.env["resource.calendar"]
            .with_company(company)
            .create(
                {
                    "name": "Office",
                    "tz": "Europe/Rome",
                    "company_id": company.id,
                    **values,
                }
            )
        )

    @classmethod
    def make_policy(cls, targets=({},), user=None, **values):
        """Make a policy of ``company`` as the manager; a target answers in 4 hours."""
        values.setdefault("calendar_id", cls.calendar.id)
        return (
            cls.env["service.sla.policy"]
            .with_user(user or cls.user_manager)
            .with_context(allowed_company_ids=None)
            .create(
                {
                    "name": "Gold",
                    "company_id": cls.company.id,
                    "target_ids": [Command.create(dict(target)) for target in targets],
                    **values,
                }
            )
        )
