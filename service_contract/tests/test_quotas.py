# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import datetime

from psycopg2 import errors

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import NOW
from .portal_common import PortalCommon
from .test_counters import HOUR
from .test_shared_pools import SharedCommon


class QuotaCommon(SharedCommon):
    def make_quota(self, line, partner, percent=None, quantity=None, **values):
        """Divide a line: by a share, or by a quantity a period."""
        kind = "share" if percent else "quantity"
        return (
            self.env["service.coverage.quota"]
            .with_user(self.user_contract)
            .create(
                {
                    "contract_line_id": line.id,
                    "partner_id": partner.id,
                    "kind": kind,
                    "percent": percent or 0,
                    "quantity": quantity or 0,
                    **values,
                }
            )
        )

    def deliver(self, line, hours, site=None, customer=None, day="2025-01-15"):
        """Deliver hours at a site; return (kind, hold, hours) of the charges."""
        self.number = getattr(self, "number", 0) + 1
        usage = self.env["service.usage"]._capture(
            [
                {
                    "company_id": line.company_id.id,
                    "source": "api",
                    "external_key": f"delivered {line.id} {self.number}",
                    "unit": "second",
                    "quantity": round(hours * HOUR),
                    "event_at": datetime.fromisoformat(f"{day} 10:00:00"),
                    "contract_line_id": line.id,
                    "partner_id": (customer or self.customer).id,
                    "site_id": site and site.id,
                }
            ]
        )
        return self.charged(usage)

    def charged(self, usage):
        standing = usage.charge_ids.filtered(
            lambda charge: not charge.is_reversed and not charge.reversed_charge_id
        )
        return [
            (charge.kind, charge.hold_reason, charge.quantity / HOUR)
            for charge in standing.sorted("id")
        ]

    def statement(self, line):
        """Return drawn, quota and left, by lot's first day and site."""
        rows = self.env["service.coverage.site"].search(
            [("contract_line_id", "=", line.id)], order="valid_from, partner_id"
        )
        return {
            (row.counter_id, row.partner_id): (
                row.drawn_quantity,
                row.quota_quantity,
                row.left_quantity,
            )
            for row in rows
        }


@tagged("post_install", "-at_install")
class TestQuotas(QuotaCommon):
    """What goes beyond a quota waits, while units are left."""

    def setUp(self):
        super().setUp()
        self.line = self.make_shared("hours", 10).line_ids
        self.lot = self.lots(self.line)

    def test_share_of_a_lot(self):
        self.make_quota(self.line, self.site, 30)
        self.assertEqual(self.deliver(self.line, 2, self.site), [("covered", False, 2)])
        self.assertEqual(
            self.deliver(self.line, 2, self.site),
            [("covered", False, 1), ("to_approve", "quota", 1)],
        )
        self.assertEqual(
            self.deliver(self.line, 6, self.site_2), [("covered", False, 6)]
        )

    def test_quantity_of_each_period(self):
        self.make_quota(self.line, self.site, quantity=2)
        for day in ("2025-01-15", "2025-02-15"):
            with self.subTest(day):
                self.assertEqual(
                    self.deliver(self.line, 3, self.site, day=day),
                    [("covered", False, 2), ("to_approve", "quota", 1)],
                )

    def test_quantity_counts_what_was_carried_over_once(self):
        line = self.make_shared(
            "hours", 10, line={"rollover_policy": "capped", "rollover_cap": 1}
        ).line_ids
        self.make_quota(line, self.site, quantity=3)
        self.open_lots(line, "2025-02-10 00:00:00")
        self.assertEqual(
            self.deliver(line, 4, self.site, day="2025-02-15"),
            [
                ("covered", False, 1),
                ("covered", False, 2),
                ("to_approve", "quota", 1),
            ],
        )
        self.assertEqual(
            self.deliver(line, 1, self.site, day="2025-02-16"),
            [("to_approve", "quota", 1)],
        )

    def test_share_of_what_was_carried_out_stays(self):
        """A lot that gave its rest to the next period is no smaller for quotas."""
        line = self.make_shared("hours", 10, line={"rollover_policy": "all"}).line_ids
        self.make_quota(line, self.site, 50)
        self.deliver(line, 5, self.site, day="2025-01-15")
        self.open_lots(line, "2025-02-10 00:00:00")
        january = self.lots(line)[0]
        self.assertEqual(january.granted, 5 * HOUR)
        self.assertEqual(self.statement(line)[january, self.site], (5, 5, 0))

    def test_quota_of_another_customer(self):
        self.make_quota(self.line, self.sister, 20)
        self.assertEqual(
            self.deliver(self.line, 3, self.sister_site, self.sister),
            [("covered", False, 2), ("to_approve", "quota", 1)],
        )
        self.assertEqual(self.deliver(self.line, 7), [("covered", False, 7)])

    def test_used_up_lot_is_overage_and_no_matter_of_quotas(self):
        self.make_quota(self.line, self.site, 90)
        self.deliver(self.line, 10)
        self.assertEqual(
            self.deliver(self.line, 1, self.site), [("billable", False, 1)]
        )

    def test_approved_work_draws_beyond_the_quota(self):
        self.make_quota(self.line, self.site, 10)
        self.deliver(self.line, 3, self.site)
        usage = self.line.contract_id.sudo().usage_ids
        usage.write({"ruling": "cover", "ruling_reason": "Asked", "state": "pending"})
        usage._settle_or_defer()
        self.assertEqual(self.charged(usage), [("covered", False, 3)])
        self.assertEqual(self.statement(self.line)[self.lot, self.site], (3, 1, -2))

    def test_work_given_back_frees_the_quota(self):
        self.make_quota(self.line, self.site, 30)
        self.deliver(self.line, 3, self.site)
        usage = self.line.contract_id.sudo().usage_ids
        usage._redirect(None)
        usage._settle()
        self.assertEqual(self.deliver(self.line, 3, self.site), [("covered", False, 3)])

    def test_late_work_keeps_the_quota(self):
        """Work is rated again in the order of its events, within the same quota."""
        self.make_quota(self.line, self.site, 30)
        self.deliver(self.line, 3, self.site, day="2025-01-15")
        self.assertEqual(
            self.deliver(self.line, 2, self.site, day="2025-01-10"),
            [("covered", False, 2)],
        )
        later = self.line.contract_id.sudo().usage_ids.sorted("event_at")[-1]
        self.assertEqual(
            self.charged(later), [("covered", False, 1), ("to_approve", "quota", 2)]
        )

    def test_quota_may_be_set_below_what_was_drawn(self):
        self.deliver(self.line, 5, self.site)
        quota = self.make_quota(self.line, self.site, 30)
        self.assertEqual(
            self.deliver(self.line, 1, self.site), [("to_approve", "quota", 1)]
        )
        quota.percent = 40
        self.assertEqual(self.statement(self.line)[self.lot, self.site], (5, 4, -1))

    def test_waiting_work_follows_a_change_of_the_quota(self):
        quota = self.make_quota(self.line, self.site, 30)
        self.deliver(self.line, 5, self.site)
        usage = self.line.contract_id.sudo().usage_ids
        quota.percent = 40
        self.assertEqual(
            self.charged(usage), [("covered", False, 4), ("to_approve", "quota", 1)]
        )
        quota.unlink()
        self.assertEqual(self.charged(usage), [("covered", False, 5)])

    def test_ticket_brings_its_site(self):
        self.make_quota(self.line, self.site, 10)
        ticket = self.make_ticket(site_id=self.site.id)
        self.log_time(ticket, 2)
        usage = ticket.sudo().timesheet_ids.service_usage_ids
        self.assertEqual(
            self.charged(usage), [("covered", False, 1), ("to_approve", "quota", 1)]
        )

    def test_lines_of_one_batch_have_quotas_of_their_own(self):
        """A site that has a quota on one line uses its customer's on another."""
        other = self.make_shared("hours", 10).line_ids
        self.make_quota(self.line, self.sister, 10)
        self.make_quota(other, self.sister_site, 90)
        usages = self.env["service.usage"]._capture(
            [
                {
                    "company_id": line.company_id.id,
                    "source": "api",
                    "external_key": f"both {line.id}",
                    "unit": "second",
                    "quantity": 2 * HOUR,
                    "event_at": NOW,
                    "contract_line_id": line.id,
                    "partner_id": self.sister.id,
                    "site_id": self.sister_site.id,
                }
                for line in (self.line, other)
            ]
        )
        self.assertEqual(
            [
                self.charged(usage)
                for usage in usages.sorted(lambda usage: usage.contract_line_id.id)
            ],
            [
                [("covered", False, 1), ("to_approve", "quota", 1)],
                [("covered", False, 2)],
            ],
        )

    # === WHO IS ASKED === #

    def test_contact_and_user_are_asked_once_for_each_lot(self):
        self.contact.email = "anna@example.com"
        quota = self.make_quota(
            self.line,
            self.site,
            10,
            contact_id=self.contact.id,
            user_id=self.user_manager.id,
        )
        for day in ("2025-01-15", "2025-01-16", "2025-02-16"):
            self.deliver(self.line, 2, self.site, day=day)
        mails = self.env["service.outbox"].search(
            [("res_model", "=", quota._name), ("res_id", "=", quota.id)]
        )
        self.assertEqual(mails.mapped("partner_id"), self.contact)
        self.assertEqual(len(mails), 2)
        xmlid = "service_contract.mail_activity_type_quota"
        activities = self.line.contract_id.sudo().activity_search([xmlid])
        self.assertEqual(activities.mapped("user_id"), self.user_manager)
        self.assertEqual(len(activities), 2)
        self.assertIn("10 % of each lot", activities[0].note)
        self.run_cron("service.outbox", "_cron_send")
        mail = self.env["mail.mail"].search(
            [("model", "=", quota._name), ("res_id", "=", quota.id)], limit=1
        )
        self.assertIn("Kitchen has used its share", mail.subject)

    def test_responsible_is_told_where_nobody_is_asked(self):
        self.make_quota(self.line, self.site, 10)
        self.deliver(self.line, 2, self.site)
        xmlid = "service_contract.mail_activity_type_quota"
        activity = self.line.contract_id.sudo().activity_search([xmlid])
        self.assertEqual(activity.user_id, self.line.contract_id.user_id)

    # === WHAT MAY BE SET === #

    def test_what_is_refused(self):
        self.make_quota(self.line, self.site, 30)
        for partner, message in (
            (self.customer, "not both on one line"),
            (self.portal_stranger.partner_id, "does not cover"),
        ):
            with self.assertRaisesRegex(ValidationError, message):
                self.make_quota(self.line, partner, 30)
        unlimited = self.make_contract([self.line_values("unlimited", 0)]).line_ids
        with self.assertRaisesRegex(ValidationError, "nothing to divide"):
            self.make_quota(unlimited, self.site, 30)
        for values in ({"percent": 101}, {"quantity": -1}):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(errors.CheckViolation),
                self.cr.savepoint(),
            ):
                self.make_quota(self.line, self.site_2, **values)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(errors.UniqueViolation),
            self.cr.savepoint(),
        ):
            self.make_quota(self.line, self.site, 10)

    def test_changes_are_on_record(self):
        quota = self.make_quota(self.line, self.site, 30)
        quota.percent = 40
        quota.unlink()
        bodies = self.line.contract_id.sudo().message_ids.mapped("body")
        for text in ("Kitchen: 30 %", "Kitchen is now: 40 %", "Kitchen is gone"):
            self.assertTrue(any(text in body for body in bodies), text)
        self.assertFalse(self.line.has_quotas)

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_agents_divide_nothing(self):
        quota = self.make_quota(self.line, self.site, 30)
        with self.assertRaises(AccessError):
            quota.with_user(self.user_agent).percent = 90

    # === STATEMENT === #

    def test_statement_sums_to_the_ledger(self):
        self.make_quota(self.line, self.site, 30)
        self.make_quota(self.line, self.sister, quantity=2)
        self.deliver(self.line, 2, self.site)
        self.deliver(self.line, 1.5, self.sister_site, self.sister)
        self.deliver(self.line, 1, self.site_2)
        self.deliver(self.line, 0.5)
        self.assertEqual(
            self.statement(self.line),
            {
                (self.lot, self.site): (2, 3, 1),
                (self.lot, self.sister): (1.5, 2, 0.5),
                (self.lot, self.site_2): (1, 0, 0),
                (self.lot, self.customer): (0.5, 0, 0),
            },
        )
        ((total,),) = self.env["service.coverage.site"]._read_group(
            [("contract_line_id", "=", self.line.id)], [], ["drawn_quantity:sum"]
        )
        self.assertEqual(float(total), self.lot.drawn / HOUR)
        quota = self.line.quota_ids.filtered(lambda q: q.partner_id == self.site)
        self.assertEqual(quota.balance_text, "2:00 of 3:00 h")

    def test_rows_open_their_entries(self):
        self.deliver(self.line, 2, self.site)
        self.deliver(self.line, 1, self.site_2)
        row = self.env["service.coverage.site"].search(
            [("partner_id", "=", self.site.id)]
        )
        action = row.action_view_draws()
        entries = self.env["service.coverage.entry"].search(action["domain"])
        self.assertEqual(entries.mapped("quantity"), [-2 * HOUR])
        action = self.line.contract_id.action_view_sites()
        self.assertEqual(
            len(self.env["service.coverage.site"].search(action["domain"])), 2
        )

    def test_dialog_tells_that_a_visit_goes_beyond_the_quota(self):
        self.make_quota(self.line, self.site, 10)
        ticket = self.make_ticket(site_id=self.site.id)
        wizard = self.env["service.visit.plan"].with_user(self.user_agent)
        wizard = wizard.create(
            {"ticket_id": ticket.id, "quantity": 2, "planned_at": NOW}
        )
        self.assertIn("quota of Kitchen leaves 1:00 h", wizard.warning)
        wizard.quantity = 1
        self.assertFalse(wizard.warning)

    # === SCALE === #

    def test_queries_do_not_grow(self):
        sites = self.env["res.partner"].create(
            [
                {"name": f"Site {number}", "parent_id": self.customer.id}
                for number in range(50)
            ]
        )
        quotas = self.env["service.coverage.quota"]

        def count_queries():
            self.env.flush_all()
            self.env.invalidate_all()
            line = self.line.sudo()
            before = self.cr.sql_log_count
            left = quotas._get_left(line, line.counter_ids, sites)
            return self.cr.sql_log_count - before, len(left)

        self.assertEqual(count_queries()[1], 0)
        self.make_quota(self.line, sites[0], 1)
        self.deliver(self.line, 0.1, sites[0])
        one = count_queries()
        for site in sites[1:]:
            self.make_quota(self.line, site, 1)
            self.deliver(self.line, 0.1, site)
        self.assertEqual(count_queries(), (one[0], 50))

    def test_line_without_quotas_asks_nothing(self):
        self.assertFalse(self.line.has_quotas)
        with self.assertQueryCount(0):
            self.env["service.coverage.quota"]._get_left(self.line, self.lot, self.site)


@tagged("post_install", "-at_install")
class TestQuotaPortal(QuotaCommon, PortalCommon):
    """Each company sees its own part of a divided contract."""

    def test_statement_by_site(self):
        contract = self.make_shared("hours", 10, line={"name": "Shared hours"}).sudo()
        line = contract.line_ids
        self.make_quota(line, self.site, 30)
        self.make_quota(line, self.sister, 40)
        self.deliver(line, 2, self.site)
        self.deliver(line, 1, self.sister_site, self.sister)
        portal_sister = self._make_user(
            "sc_sister", "base.group_portal", partner_id=self.sister_contact.id
        )
        rows = contract._get_portal_values(self.portal_owner)["sites"]
        self.assertEqual(
            [(row["name"], row["drawn"], row["quota"], row["left"]) for row in rows],
            [
                ("Trattoria Aurora, Kitchen", "2:00 h", "3:00 h", "1:00 h"),
                ("Pizzeria Alba", "1:00 h", "4:00 h", "3:00 h"),
            ],
        )
        rows = contract._get_portal_values(portal_sister)["sites"]
        self.assertEqual([row["name"] for row in rows], ["Pizzeria Alba"])
        self.log_in(portal_sister)
        page = self.get(contract.access_url).text
        self.assertIn("4:00 h", page)
        self.assertNotIn("Kitchen", page)

    def test_undivided_contract_has_no_statement(self):
        self.assertEqual(
            self.contract._get_portal_values(self.portal_owner)["sites"], []
        )
