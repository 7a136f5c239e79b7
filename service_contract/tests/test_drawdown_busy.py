# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import random
from datetime import date, datetime, time
from unittest.mock import patch

from psycopg2 import errors

from odoo import SUPERUSER_ID
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_drawdown import DrawdownCommon


@tagged("post_install", "-at_install")
class TestBusyContract(DrawdownCommon):
    """What can't be settled now stays pending; nobody sees an error."""

    def test_locked_contract_leaves_the_usage_pending(self):
        line = self.make_contract().line_ids
        empty = self.env["service.contract"]
        with patch.object(
            type(empty), "try_lock_for_update", lambda self, **kwargs: self.browse()
        ):
            ticket = self.make_ticket()
        usage = ticket.sudo().service_usage_ids
        self.assertEqual(usage.state, "pending")
        self.assertEqual(self.drawn(line), 0)
        self.run_cron("service.usage", "_cron_settle")
        self.assertEqual(usage.state, "settled")
        self.assertEqual(self.drawn(line), 1)

    def test_contract_that_stays_busy_is_tried_again_soon(self):
        empty = self.env["service.contract"]
        cron = self.env.ref("service_contract.ir_cron_settle_usages")
        triggers = self.env["ir.cron.trigger"].with_user(SUPERUSER_ID)
        self.make_contract()
        with patch.object(
            type(empty), "try_lock_for_update", lambda self, **kwargs: self.browse()
        ):
            ticket = self.make_ticket()
            before = triggers.search_count([("cron_id", "=", cron.id)])
            self.run_cron("service.usage", "_cron_settle")
        self.assertEqual(ticket.sudo().service_usage_ids.state, "pending")
        after = triggers.search_count([("cron_id", "=", cron.id)])
        self.assertEqual(after - before, 1)

    def test_one_locked_contract_does_not_stop_the_others(self):
        """A usage that leaves a locked contract waits; the rest goes on."""
        busy, free = self.make_contract(), self.make_contract()
        tickets = self.make_ticket(service_contract_line_id=busy.line_ids.id)
        tickets |= self.make_ticket(service_contract_line_id=free.line_ids.id)
        usages = tickets.sudo().service_usage_ids
        locked = type(busy).try_lock_for_update
        with patch.object(
            type(busy),
            "try_lock_for_update",
            lambda self, **kwargs: locked(self - busy.sudo(), **kwargs),
        ):
            other = self.make_contract().line_ids
            tickets.service_contract_line_id = other
        self.assertEqual(usages.mapped("state"), ["pending", "settled"])
        self.assertEqual(self.drawn(busy.line_ids), 1)
        self.assertEqual(self.drawn(other), 1)
        self.run_cron("service.usage", "_cron_settle")
        self.assertEqual(self.drawn(busy.line_ids), 0)
        self.assertEqual(self.drawn(other), 2)

    def test_lost_race_leaves_the_usage_pending(self):
        line = self.make_contract().line_ids
        usage_model = type(self.env["service.usage"])
        with patch.object(
            usage_model, "_settle", side_effect=errors.SerializationFailure()
        ):
            ticket = self.make_ticket()
        self.assertEqual(ticket.sudo().service_usage_ids.state, "pending")
        self.run_cron("service.usage", "_cron_settle")
        self.assertEqual(self.drawn(line), 1)

    def test_one_bad_contract_does_not_stop_the_others(self):
        bad, good = self.make_contract(), self.make_contract()
        usage_model = type(self.env["service.usage"])
        settle = usage_model._settle

        def fail(self):
            if bad.sudo() in self.contract_id:
                raise UserError("Broken")  # pylint: disable=translation-required
            return settle(self)

        with patch.object(usage_model, "_settle_or_defer", lambda self, **kw: None):
            for contract in (bad, good):
                self.make_ticket(service_contract_line_id=contract.line_ids.id)
        with (
            patch.object(usage_model, "_settle", fail),
            mute_logger("odoo.addons.service_contract.models.service_usage_settle"),
        ):
            self.run_cron("service.usage", "_cron_settle")
        self.assertEqual(self.drawn(good.line_ids), 1)
        self.assertEqual(self.drawn(bad.line_ids), 0)
        self.run_cron("service.usage", "_cron_settle")
        self.assertEqual(self.drawn(bad.line_ids), 1)


@tagged("post_install", "-at_install")
class TestRandomWalk(DrawdownCommon):
    """Whatever people do, in whatever order, the books stay right."""

    def setUp(self):
        super().setUp()
        self.rng = random.Random(20250115)
        coverages = (("cases", 4), ("hours", 5), ("amount", 300), ("unlimited", 0))
        policies = ("bill", "warn", "negative", "block")
        self.lines = self.env["service.contract.line"]
        for (coverage, quantity), policy in zip(coverages, policies, strict=True):
            contract = self.make_contract(
                [
                    self.line_values(
                        coverage,
                        quantity,
                        exhaustion_policy=policy,
                        draw_moment=self.rng.choice(["open", "resolve"]),
                        rollover_policy=self.rng.choice(["none", "all"]),
                        draw_multiplier=150,
                    )
                ]
            )
            self.lines |= contract.line_ids
        self.tickets = [self.make_ticket()]
        self.times = []

    def day(self):
        return date(2025, self.rng.randint(1, 4), self.rng.randint(1, 28))

    def moment(self):
        return datetime.combine(self.day(), time(10))

    def open_ticket(self):
        self.tickets.append(self.make_ticket())
        self.date_request(self.tickets[-1])

    def choose_line(self):
        line = self.rng.choice([*self.lines, False])
        self.rng.choice(self.tickets).service_contract_line_id = line

    def move_ticket(self):
        stages = (
            self.stage_new,
            self.stage_progress,
            self.stage_done,
            self.stage_cancelled,
        )
        ticket = self.at(self.rng.choice(self.tickets), self.moment())
        ticket.stage_id = self.rng.choice(stages)

    def exempt_ticket(self):
        on = self.rng.random() < 0.5
        self.rng.choice(self.tickets).write(
            {"no_decrement": on, "no_decrement_reason": on and "Our own fault"}
        )

    def change_request(self):
        self.date_request(self.rng.choice(self.tickets))

    def date_request(self, ticket):
        """Move the request to any day; people may not choose one that lies ahead."""
        ticket.sudo().requested_at = self.moment()

    def delete_ticket(self):
        if len(self.tickets) > 1:
            number = self.rng.randrange(len(self.tickets))
            self.tickets.pop(number).sudo().unlink()

    def record_time(self):
        hours = self.rng.choice([0.1, 0.25, 1 / 3, 2, 7])
        ticket = self.rng.choice(self.tickets)
        self.times.append(self.log_time(ticket, hours, day=self.day()))

    def edit_time(self):
        if self.times:
            entry = self.rng.choice(self.times)
            entry.unit_amount = self.rng.choice([0, 0.1, 1.75, 6])

    def move_time(self):
        if self.times:
            ticket = self.rng.choice([*self.tickets, False])
            self.rng.choice(self.times).ticket_id = ticket

    def delete_time(self):
        if self.times:
            self.times.pop(self.rng.randrange(len(self.times))).unlink()

    def test_two_hundred_operations(self):
        operations = [
            self.open_ticket,
            self.choose_line,
            self.move_ticket,
            self.exempt_ticket,
            self.change_request,
            self.delete_ticket,
            self.record_time,
            self.record_time,
            self.edit_time,
            self.move_time,
            self.delete_time,
        ]
        for number in range(200):
            operation = self.rng.choice(operations)
            try:
                with self.cr.savepoint():
                    operation()
            except UserError as error:
                # A line that is used up refuses tickets; nothing else may fail.
                self.assertIn("used up", str(error))
            if number % 20 == 0:
                self.assertBooksAreRight()
        usages = self.env["service.usage"].search([])
        self.assertEqual(set(usages.mapped("state")), {"settled"})
        self.assertGreater(len(usages.charge_ids), 100)
        entries = self.lines.sudo().counter_ids.entry_ids
        self.assertGreater(len(entries.filtered(lambda e: e.kind == "draw")), 20)
        self.assertGreater(len(entries.filtered(lambda e: e.kind == "reverse")), 10)
