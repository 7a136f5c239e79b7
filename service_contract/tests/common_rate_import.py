# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Files of rates, and what an import makes of them."""

from odoo.fields import Command

from .common_import import ImportFiles
from .common_rates import RatesCommon

# A price that is right, in the columns of the template file
GOOD = {
    "Rate Card": "Gold",
    "Task": "REMOTE",
    "Role": "Test Engineer",
    "Level": "Test Senior",
    "Unit": "Hours",
    "Price": "98.50",
    "From": "2025-01-01",
    "To": "2025-12-31",
}


class RateImportCommon(ImportFiles, RatesCommon):
    """A manager with files of rates."""

    import_model = "service.rate.import"
    import_filename = "rates.csv"

    @classmethod
    def make_mapping(cls, columns, **values):
        """Return a mapping.

        :param columns: (header, target) or (header, target, more values)
        """
        return (
            cls.env["service.rate.mapping"]
            .with_user(cls.user_manager)
            .create(
                {
                    "name": "List",
                    "company_id": cls.company.id,
                    "column_ids": [
                        Command.create(
                            {
                                "header": header,
                                "target": target,
                                "sequence": place,
                                **dict(*more),
                            }
                        )
                        for place, (header, target, *more) in enumerate(columns)
                    ],
                    **values,
                }
            )
        )

    @classmethod
    def imported(cls, name="Gold"):
        """Return the prices of a card, by what they are for."""
        return (
            cls.env["service.rate.card"]
            .with_user(cls.user_manager)
            .search([("name", "=", name)])
            .rule_ids
        )
