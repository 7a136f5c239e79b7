# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The journey of a visit is charged once, per trip, kilometre or zone."""

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common_drawdown import DrawdownCommon
from .common_rates import RatesCommon


@tagged("post_install", "-at_install")
class TestTravel(RatesCommon, DrawdownCommon):
    def setUp(self):
        super().setUp()
        self.trip = self.env["service.task.code"].create(
            {"code": "TRIP", "name": "Trip", "unit": "piece", "is_travel": True}
        )
        card = self.make_card(
            [
                {"unit": "piece", "task_code_id": self.trip.id, "price": 45},
                {
                    "unit": "piece",
                    "task_code_id": self.trip.id,
                    "zone_id": self.zone.id,
                    "price": 30,
                },
                {"unit": "metre", "task_code_id": self.travel.id, "price": 0.5},
            ]
        )
        self.line = self.make_contract(
            [self.line_values("rates", 0, rate_card_id=card.id)]
        ).line_ids
        self.ticket = self.make_ticket(
            service_contract_line_id=self.line.id, site_id=self.site.id
        )

    def log_visit(self, task=None, ticket=None, **values):
        """Log a visit in the dialog; return what it said before."""
        ticket = ticket or self.ticket
        form = Form(
            self.env["service.usage.log"]
            .with_user(self.user_agent)
            .with_context(active_id=ticket.id, allowed_company_ids=self.company.ids)
        )
        form.description = "Visit"
        if task:
            form.travel_task_id = task
        for name, value in values.items():
            form[name] = value
        preview = form.preview
        form.save().action_apply()
        return preview

    def journeys(self):
        """Return the amounts of the journeys that are billed."""
        usages = self.env["service.usage"].sudo()
        usages = usages.search(
            [("contract_line_id", "=", self.line.id), ("unit", "!=", "visit")]
        )
        charges = usages.charge_ids._get_standing()
        return charges.filtered(lambda c: c.kind == "billable").mapped("amount")

    def test_per_trip(self):
        self.assertIn("45.00", self.log_visit(self.trip))
        self.assertEqual(self.journeys(), [45])

    def test_per_kilometre_there_and_back(self):
        self.site.service_distance_km = 12.5
        self.log_visit(self.travel)
        self.assertEqual(self.journeys(), [12.5])

    def test_per_zone_of_the_site(self):
        self.site.service_travel_zone_id = self.zone
        self.log_visit(self.trip)
        self.assertEqual(self.journeys(), [30])

    def test_two_technicians_travel_once(self):
        self.log_visit(self.trip)
        self.assertIn("recorded already", self.log_visit(self.trip))
        self.assertEqual(self.journeys(), [45])
        visits = self.ticket.sudo().service_usage_ids.filtered(
            lambda usage: usage.unit == "visit"
        )
        self.assertEqual(len(visits), 2)
        self.assertEqual(len(set(visits.mapped("visit_key"))), 1)

    def test_the_next_day_is_another_visit(self):
        self.log_visit(self.trip)
        # 23:30 UTC is the next day in Rome.
        self.log_visit(self.trip, event_at="2025-01-15 23:30:00")
        self.assertEqual(self.journeys(), [45, 45])

    def test_one_typed_visit_for_two_tickets(self):
        other = self.make_ticket(service_contract_line_id=self.line.id)
        self.log_visit(self.trip, visit_reference="V-1")
        self.log_visit(self.trip, other, visit_reference=" V-1 ")
        self.assertEqual(self.journeys(), [45])

    def share_a_visit(self):
        """Log one visit on two tickets; return its journey and the other ticket.

        The other ticket is charged to a line of its own.
        """
        line = self.line.sudo().copy({"contract_id": self.line.contract_id.id})
        other = self.make_ticket(service_contract_line_id=line.id)
        self.log_visit(self.trip, visit_reference="V-1")
        self.log_visit(self.trip, other, visit_reference="V-1")
        usages = self.ticket.sudo().service_usage_ids
        return usages.filtered(lambda usage: usage.unit == "piece"), other

    def assertJourneyIsOn(self, ticket, journey):
        standing = journey.charge_ids._get_standing()
        self.assertEqual(standing.mapped("amount"), [45])
        self.assertEqual(standing.ticket_id, ticket)
        self.assertEqual(standing.contract_line_id, ticket.service_contract_line_id)

    def test_the_journey_goes_to_a_ticket_whose_visit_counts(self):
        journey, other = self.share_a_visit()
        self.assertJourneyIsOn(self.ticket, journey)
        self.ticket.stage_id = self.stage_cancelled
        self.assertJourneyIsOn(other, journey)
        self.assertIn(self.ticket.number, other.message_ids[:1].body)
        self.ticket.stage_id = self.stage_new
        self.assertJourneyIsOn(other, journey)
        other.service_contract_line_id = False
        self.assertJourneyIsOn(self.ticket, journey)
        self.ticket.stage_id = self.stage_cancelled
        self.assertFalse(journey.charge_ids._get_standing())
        other.service_contract_line_id = self.line
        self.assertJourneyIsOn(other, journey)

    def test_the_journey_of_a_deleted_ticket_goes_on(self):
        journey, other = self.share_a_visit()
        self.ticket.sudo().unlink()
        self.assertJourneyIsOn(other, journey)

    def test_an_invoiced_journey_comes_back_as_a_credit_and_goes_on(self):
        journey, other = self.share_a_visit()
        invoiced = journey.charge_ids
        self.mark_invoiced(invoiced)
        self.ticket.stage_id = self.stage_cancelled
        self.assertTrue(invoiced.is_reversed)
        self.assertJourneyIsOn(other, journey)

    def test_a_withdrawn_journey_can_be_logged_on_another_ticket(self):
        other = self.make_ticket(service_contract_line_id=self.line.id)
        self.log_visit(self.trip, visit_reference="V-1")
        self.ticket.stage_id = self.stage_cancelled
        self.assertFalse(self.journeys())
        preview = self.log_visit(self.trip, other, visit_reference="V-1")
        self.assertIn("45.00", preview)
        self.assertEqual(self.journeys(), [45])

    def test_no_distance_is_told_and_nothing_is_logged(self):
        with self.assertRaisesRegex(UserError, "how far it is to .*Kitchen"):
            self.log_visit(self.travel)
        self.assertFalse(self.journeys())

    def test_no_price_waits(self):
        task = self.trip.copy({"code": "FERRY"})
        self.log_visit(task)
        self.assertFalse(self.journeys())
        waiting = self.ticket.sudo().service_charge_ids.filtered("hold_reason")
        self.assertEqual(waiting.mapped("hold_reason"), ["unrated"])

    def test_a_visit_without_a_journey(self):
        self.log_visit()
        self.assertFalse(self.journeys())
