# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import ast

from lxml import etree

from odoo.exceptions import UserError
from odoo.tests import Form
from odoo.tools.safe_eval import datetime, safe_eval

from .common import NOW, TODAY, ServiceContractCommon


class TestScreens(ServiceContractCommon):
    """What people open from the menus, and what they read there."""

    def get_actions(self, user):
        """Return the window actions under our root menu that a user sees."""
        root = self.env.ref("service_contract.service_contract_menu_root")
        menus = self.env["ir.ui.menu"].with_user(user).load_menus(False)
        actions = self.env["ir.actions.act_window"]
        for menu in menus.values():
            ours = menu.get("app_id") == root.id
            if ours and menu["action_model"] == actions._name:
                actions |= actions.browse(menu["action_id"])
        return actions

    def open_action(self, action, user):
        """Read all that the views of an action show, as a user."""
        model = self.env[action.res_model].with_user(user)
        model = model.with_context(allowed_company_ids=self.company.ids)
        modes = [mode for mode in action.view_mode.split(",") if mode != "activity"]
        views = model.get_views([(False, mode) for mode in [*modes, "search"]])["views"]
        for mode in modes:
            arch = etree.fromstring(views[mode]["arch"])
            names = {
                node.get("name")
                for node in arch.iter("field")
                if node.getparent().tag != "field"
                and not any(parent.tag == "field" for parent in node.iterancestors())
            }
            if mode in ("pivot", "graph"):
                names -= {None, "id"}
                measures = [
                    f"{name}:sum"
                    for name in names
                    if arch.find(f".//field[@name='{name}']").get("type") == "measure"
                ]
                groups = [
                    node.get("name")
                    for node in arch.iter("field")
                    if node.get("type") in ("row", "col")
                ]
                model.formatted_read_group([], groups, [*measures, "__count"])
            elif action.res_model != "res.config.settings":
                records = model.search([], limit=20)
                records.web_read({name: {} for name in names})

    def make_things(self):
        contract = self.make_contract(
            [
                self.line_values("hours", 10, exhaustion_policy="bill"),
                self.line_values("unlimited", 0, priority=20),
            ]
        )
        ticket = self.make_ticket()
        self.log_time(ticket, 8.5)
        return contract, ticket

    def test_each_role_opens_each_menu_it_sees(self):
        self.make_things()
        for user in (self.user_contract, self.user_billing, self.user_manager):
            actions = self.get_actions(user)
            self.assertGreater(len(actions), 6)
            for action in actions:
                with self.subTest(user=user.login, action=action.name):
                    self.open_action(action, user)

    def test_billing_and_templates_are_not_for_contract_users(self):
        seen = set(self.get_actions(self.user_contract).mapped("name"))
        self.assertIn("Contracts", seen)
        self.assertNotIn("Contract Templates", seen)
        self.assertNotIn("To Approve", seen)
        seen = set(self.get_actions(self.user_manager).mapped("name"))
        self.assertLessEqual({"Contract Templates", "To Approve"}, seen)

    def get_target(self, action):
        """Return the records that an action opens."""
        records = self.env[action["res_model"]]
        if action.get("res_id"):
            return records.browse(action["res_id"])
        domain = action["domain"]
        return records.search(safe_eval(domain) if isinstance(domain, str) else domain)

    def test_smart_buttons_lead_both_ways(self):
        contract, ticket = self.make_things()
        contract = contract.sudo()
        self.assertEqual(self.get_target(contract.action_view_tickets()), ticket.sudo())
        self.assertEqual(
            self.get_target(contract.action_view_usages()), contract.usage_ids
        )
        self.assertEqual(
            self.get_target(contract.action_view_charges()), contract.charge_ids
        )
        self.assertEqual(
            self.get_target(ticket.action_view_service_contract()), contract
        )
        self.assertEqual(
            self.get_target(ticket.action_view_service_charges()), contract.charge_ids
        )
        customer = self.contact.with_user(self.user_contract)
        self.assertEqual(customer.service_contract_count, 1)
        self.assertEqual(
            self.get_target(customer.action_view_service_contracts()), contract
        )
        line = contract.line_ids[0]
        counter = line.counter_ids
        self.assertEqual(
            self.get_target(counter.action_view_entries()), counter.entry_ids
        )

    def test_lists_of_contracts_ask_the_database_as_often_for_many_as_for_one(self):
        contracts = self.env["service.contract"].with_user(self.user_contract)
        for _number in range(6):
            contracts |= self.make_contract(
                [self.line_values("hours", 10), self.line_values()]
            )
        counts = []
        # The first time also reads the rules of access, which are kept then.
        for records in (contracts[:1], contracts[:1], contracts):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            records.web_read(
                {"coverage_text": {}, "coverage_level": {}, "coverage_percent": {}}
            )
            counts.append(self.env.cr.sql_log_count - before)
        self.assertGreater(counts[1], 0)
        self.assertEqual(counts[1], counts[2])

    def test_filters_of_the_search_views_can_be_used(self):
        self.make_things()
        ours = self.env["ir.model.data"].search(
            [("module", "=", "service_contract"), ("model", "=", "ir.ui.view")]
        )
        views = self.env["ir.ui.view"].browse(ours.mapped("res_id"))
        models = set(views.filtered(lambda view: view.type == "search").mapped("model"))
        self.assertLessEqual({"service.contract", "helpdesk.ticket"}, models)
        values = {
            "uid": self.user_manager.id,
            "context_today": lambda: TODAY,
            "datetime": datetime,
        }
        for model in sorted(models):
            records = self.env[model].with_user(self.user_manager)
            if not records.has_access("read"):
                records = records.sudo()
            arch = etree.fromstring(records.get_view(view_type="search")["arch"])
            for node in arch.iter("filter"):
                domain = node.get("domain")
                if not domain:
                    continue
                with self.subTest(model=model, filter=node.get("name")):
                    records.search(safe_eval(domain, values))

    def test_the_web_client_can_read_the_options_of_fields(self):
        """The server takes any text there; the client does not open the view then."""
        ours = self.env["ir.model.data"].search(
            [("module", "=", "service_contract"), ("model", "=", "ir.ui.view")]
        )
        count = 0
        for view in self.env["ir.ui.view"].browse(ours.mapped("res_id")):
            for node in etree.fromstring(view.arch).iter("field", "attribute"):
                is_option = node.tag == "field" or node.get("name") == "options"
                options = node.get("options") if node.tag == "field" else node.text
                if is_option and options:
                    with self.subTest(view=view.xml_id, options=options):
                        self.assertIsInstance(ast.literal_eval(options), dict)
                    count += 1
        self.assertGreater(count, 50)

    def test_contract_shows_the_line_closest_to_its_end(self):
        contract, _ticket = self.make_things()
        self.assertRecordValues(
            contract,
            [
                {
                    "coverage_level": "nearly",
                    "coverage_percent": 85.0,
                    "coverage_text": "8:30 of 10:00 h used, until 01/31/2025",
                }
            ],
        )

    def test_no_state_comes_in_by_a_default(self):
        for name, value in (("state", "active"), ("confirmed_at", NOW)):
            with self.subTest(name=name), self.assertRaises(UserError):
                self.env["service.contract"].with_user(self.user_contract).with_context(
                    **{f"default_{name}": value}
                ).create({"partner_id": self.customer.id})

    def test_contract_is_written_on_its_form(self):
        form = Form(self.env["service.contract"].with_user(self.user_contract))
        form.partner_id = self.customer
        form.template_id = self.template_hours
        form.date_start = TODAY
        contract = form.save()
        contract.action_confirm()
        self.assertEqual(contract.state, "active")
        self.assertEqual(contract.line_ids.coverage_type, "hours")

    def test_draft_shows_what_it_will_grant(self):
        contract = self.make_contract([self.line_values("hours", 10)], confirm=False)
        self.assertEqual(contract.coverage_level, "not_granted")
        self.assertEqual(contract.coverage_text, "10:00 h per month")

    def test_levels_are_found_as_they_are_shown(self):
        lines = self.make_contract(
            [
                self.line_values("hours", 10),
                self.line_values("cases", 5),
                self.line_values("unlimited", 0),
            ]
        ).line_ids
        draft = self.make_contract([self.line_values()], confirm=False).line_ids
        hours, cases, _unlimited = lines
        hours.counter_ids.sudo()._post("draw", -9 * 3600)
        cases.counter_ids.sudo()._post("draw", -5)
        lines |= draft
        lines.invalidate_recordset()
        expected = ["nearly", "used_up", "uncounted", "not_granted"]
        self.assertEqual(lines.mapped("coverage_level"), expected)
        for line in lines:
            found = lines.search(
                [("id", "in", lines.ids), ("coverage_level", "=", line.coverage_level)]
            )
            self.assertEqual(found, line)
        self.assertFalse(
            lines.search([("id", "in", lines.ids), ("coverage_level", "=", "plenty")])
        )
        others = [("id", "in", lines.ids), ("coverage_level", "!=", "nearly")]
        self.assertEqual(lines.search(others), lines - hours)

    def test_reports_sum_hours_and_amounts_not_base_units(self):
        contract = self.make_contract(
            [self.line_values("hours", 10), self.line_values("amount", 12.5)]
        )
        groups = self.env["service.coverage.counter"]._read_group(
            [("contract_id", "=", contract.id)], ["unit"], ["granted_quantity:sum"]
        )
        self.assertEqual(
            {unit: float(total) for unit, total in groups},
            {"second": 10.0, "minor": 12.5},
        )
        counters = contract.counter_ids
        self.assertEqual(sum(counters.mapped("granted_quantity")), 22.5)

    def test_agent_works_on_the_ticket_form(self):
        contract, ticket = self.make_things()
        second_line = contract.line_ids[1]
        agents = self.user_agent | self._make_user(
            "sc_agent_own",
            "helpdesk_mgmt.group_helpdesk_user",
            self.company.ids,
        )
        for agent in agents:
            with self.subTest(agent=agent.login):
                view = "helpdesk_mgmt.ticket_view_form"
                form = Form(ticket.with_user(agent), view=view)
                form.product_serial = f"Seen by {agent.login}"
                form.service_contract_line_id = second_line.with_user(agent)
                form.save()
                self.assertTrue(ticket.service_line_is_manual)
                self.assertEqual(ticket.service_coverage_state, "uncounted")

    def test_ticket_says_how_each_time_is_covered(self):
        contract, ticket = self.make_things()
        timesheet = self.log_time(ticket, 2)
        self.assertEqual(
            timesheet.service_rating_text, "Covered 1:30 h, Billable 0:30 h"
        )
        self.assertEqual(ticket.service_coverage_state, "used_up")
        self.assertEqual(ticket.service_charge_count, 4)
        self.assertEqual(contract.coverage_level, "used_up")
