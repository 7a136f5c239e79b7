# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Task codes, roles and a rate card that the tests of rates share."""

from odoo.fields import Command

from .common import ServiceContractCommon


class RatesCommon(ServiceContractCommon):
    """A manager's card of euros, open from 9 to 18 on working days in Rome.

    ======== ==============================================
    remote   task ``REMOTE``, in hours
    onsite   task ``ONSITE``, in hours
    travel   task ``TRAVEL``, in kilometres
    engineer, senior, zone   a role, a level, a travel zone
    card     no price but one: 80 an hour of any work
    ======== ==============================================
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.tz = "Europe/Rome"
        tasks = cls.env["service.task.code"].create(
            [
                {"code": "REMOTE", "name": "Remote support"},
                {"code": "ONSITE", "name": "Work on site"},
                {
                    "code": "TRAVEL",
                    "name": "Journey",
                    "unit": "metre",
                    "is_travel": True,
                },
            ]
        )
        cls.remote, cls.onsite, cls.travel = tasks
        roles = cls.env["service.employee.role"]
        cls.engineer = roles.create({"name": "Test Engineer"})
        cls.senior = cls.env["service.employee.level"].create({"name": "Test Senior"})
        cls.zone = cls.env["service.travel.zone"].create({"name": "Test Zone"})
        cls.office = cls.env["resource.calendar"].create(
            {
                "name": "Office",
                "tz": "Europe/Rome",
                "company_id": cls.company.id,
                "attendance_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "name": str(day),
                                "dayofweek": str(day),
                                "hour_from": 9,
                                "hour_to": 18,
                            }
                        )
                        for day in range(5)
                    ),
                ],
            }
        )
        cls.card = cls.make_card([{"price": 80}])

    @classmethod
    def make_card(cls, prices=(), modifiers=(), **values):
        """Return a card of the manager's.

        :param prices, modifiers: lists of values
        """
        return (
            cls.env["service.rate.card"]
            .with_user(cls.user_manager)
            .create(
                {
                    "name": "Rates",
                    "company_id": cls.company.id,
                    "currency_id": cls.eur.id,
                    "calendar_id": cls.office.id,
                    "rule_ids": [Command.create(price) for price in prices],
                    "modifier_ids": [
                        Command.create({"name": "Modifier", **modifier})
                        for modifier in modifiers
                    ],
                    **values,
                }
            )
        )

    @classmethod
    def add_price(cls, card=None, **values):
        """Return another price of a card."""
        card = card or cls.card
        return card.rule_ids.create({"card_id": card.id, "price": 1, **values})
