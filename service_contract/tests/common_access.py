# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Users by role, for the tests of rights."""

from .common import ServiceContractCommon

ROLES = ("contract", "billing", "manager", "agent", "internal", "portal")


class AccessCommon(ServiceContractCommon):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = dict(
            zip(
                ROLES,
                (
                    cls.user_contract,
                    cls.user_billing,
                    cls.user_manager,
                    cls.user_agent,
                    cls.user_internal,
                    cls.portal_owner,
                ),
                strict=True,
            )
        )

    @classmethod
    def models(cls):
        """Return the names of the addon's own models that have a table."""
        return sorted(
            name
            for name, model in cls.env.registry.items()
            if name.startswith("service.") and not model._abstract
        )
