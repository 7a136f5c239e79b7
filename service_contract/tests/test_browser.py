# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo.tests import HttpCase, tagged

from .common import ServiceContractCommon


def job_hash(name):
    """Return the id that the browser's test runner gives a suite."""
    value = 0
    for char in name:
        value = ((value << 5) - value + ord(char)) & 0xFFFFFFFF
    return f"{value:08x}"


@tagged("post_install", "-at_install")
class TestBrowser(ServiceContractCommon, HttpCase):
    def test_components(self):
        self.browser_js(
            "/web/tests?headless&loglevel=2&preset=desktop&timeout=15000"
            f"&id={job_hash('@service_contract')}",
            "",
            "",
            login="admin",
            timeout=300,
            success_signal="[HOOT] Test suite succeeded",
        )

    def test_every_menu_with_its_views_and_filters_opens(self):
        """Odoo's own robot clicks through the app and stops at the first error."""
        contract = self.make_contract(
            [self.line_values("hours", 10, exhaustion_policy="bill")]
        )
        self.log_time(self.make_ticket(), 12)
        self.assertTrue(contract.charge_ids)
        # It answers with a message and opens nothing, which the robot waits for.
        self.env.ref("service_contract.service_contract_check_menu").active = False
        app = "service_contract.service_contract_menu_root"
        self.browser_js(
            "/odoo",
            "odoo.loader.modules.get('@web/webclient/clickbot/clickbot_loader')"
            f".startClickEverywhere('{app}');",
            "odoo.isReady === true",
            login="admin",
            timeout=600,
            success_signal="clickbot test succeeded",
        )

    def test_from_a_template_to_a_covered_ticket(self):
        self._make_user(
            "sc_desk",
            "service_contract.service_contract_group_user,"
            "helpdesk_mgmt.group_helpdesk_user",
        )
        self.start_tour(
            "/odoo/service-contracts", "service_contract_core_path", login="sc_desk"
        )
        ticket = self.env["helpdesk.ticket"].search(
            [("name", "=", "The oven is cold"), ("partner_id", "=", self.customer.id)]
        )
        self.assertEqual(ticket.service_contract_id.state, "active")
        self.assertEqual(ticket.service_contract_id.user_id.login, "sc_desk")
