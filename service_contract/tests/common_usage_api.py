# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A contract of hours, and another system that reports work on it."""

from .common import ServiceContractCommon

AT = "2025-01-15T08:00:00Z"


class ApiCommon(ServiceContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls.make_contract([cls.line_values("hours", 10)])
        cls.line = cls.contract.line_ids

    def api(self, user=None):
        """Return the model as a caller from outside has it."""
        return self.env["service.usage"].with_user(user or self.user_contract)

    def event(self, key="crm-1", **values):
        return {
            "external_key": key,
            "unit": "hour",
            "quantity": "1.5",
            "event_at": AT,
            "contract": self.contract.name,
            **values,
        }

    def report(self, key="crm-1", user=None, **values):
        return self.api(user).api_report_usage(**self.event(key, **values))

    def usages(self):
        return (
            self.env["service.usage"]
            .sudo()
            .search([("source", "=", "api"), ("company_id", "=", self.company.id)])
        )
