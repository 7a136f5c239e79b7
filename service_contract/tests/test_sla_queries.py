# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo.tests import tagged

from .common_sla import SlaCommon


@tagged("post_install", "-at_install")
class TestSlaQueries(SlaCommon):
    """What the clock costs in queries, beside tickets of a contract without SLA."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["service.sla.policy"].search([("is_default", "=", True)]).active = False
        cls.measured, cls.plain = cls.env["res.partner"].create(
            [{"name": name, "is_company": True} for name in ("Measured", "Plain")]
        )
        lines = [cls.line_values("unlimited", 0)]
        for customer, policy in ((cls.measured, cls.policy), (cls.plain, None)):
            cls.make_contract(
                lines,
                partner_id=customer.id,
                sla_policy_id=policy.id if policy else False,
            )

    def _make(self, number, contact):
        tickets = self.env["helpdesk.ticket"].with_user(self.user_agent)
        return tickets.create(
            [
                {
                    "name": f"Ticket {each}",
                    "description": "<p>Since this morning.</p>",
                    "partner_id": contact.id,
                }
                for each in range(number)
            ]
        )

    def test_two_queries_more_than_without_sla_at_any_size(self):
        self._make(1, self.measured)
        # As after a commit: until then, the version that was made is not cached.
        self.env.cr.postcommit.data.pop("service_contract.sla_versions")
        for number in (1, 10, 60):
            for customer in (self.measured, self.plain):
                self.count_queries(
                    self._make, number, customer
                )  # caches of the process
            measured = self.count_queries(self._make, number, self.measured)
            plain = self.count_queries(self._make, number, self.plain)
            with self.subTest(number):
                self.assertLessEqual(measured - plain, 2)

    def test_measured_tickets_have_two_timers_and_the_others_none(self):
        self.assertEqual(len(self._make(3, self.measured).sudo().sla_timer_ids), 6)
        self.assertFalse(self._make(3, self.plain).sudo().sla_timer_ids)

    def test_queries_of_a_move_do_not_grow_with_the_tickets(self):
        counts = []
        for number in (2, 2, 50):
            tickets = self._make(number, self.measured)
            counts.append(
                self.count_queries(tickets.write, {"stage_id": self.stage_progress.id})
            )
        self.assertEqual(counts[1], counts[2])
