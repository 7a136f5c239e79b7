# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo.fields import Command
from odoo.tests import tagged

from .common import ServiceContractCommon

MESSAGE_FIELDS = [
    "author_id",
    "body",
    "email_add_signature",
    "email_from",
    "is_internal",
    "message_type",
    "parent_id",
    "record_alias_domain_id",
    "record_company_id",
    "reply_to",
    "subject",
    "subtype_id",
]
TRACKING_FIELDS = [
    "field_id",
    "old_value_integer",
    "old_value_char",
    "new_value_integer",
    "new_value_char",
]


@tagged("post_install", "-at_install")
class TestTicketBatch(ServiceContractCommon):
    """Tickets that are made or moved together come out as those made alone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team = cls.env["helpdesk.ticket.team"].create(
            {
                "name": "Field",
                "company_id": cls.company.id,
                "user_ids": [Command.set(cls.user_agent.ids)],
            }
        )

    def _make(self, count, **values):
        common = {
            "description": "<p>Since this morning.</p>",
            "partner_id": self.contact.id,
            "team_id": self.team.id,
            **values,
        }
        tickets = self.env["helpdesk.ticket"].with_user(self.user_agent)
        return tickets.create(
            [{**common, "name": f"Ticket {number}"} for number in range(count)]
        )

    def _messages(self, ticket):
        self.env.cr.flush()
        return ticket.sudo().message_ids.sorted("id")

    def test_creation_message_of_a_batch_is_that_of_a_lone_ticket(self):
        alone = self._make(1)
        batch = self._make(3)
        expected = self._messages(alone).read(MESSAGE_FIELDS)
        self.assertEqual(len(expected), 1)
        for ticket in batch:
            found = self._messages(ticket).read(MESSAGE_FIELDS)
            for one, other in zip(found, expected, strict=True):
                self.assertEqual({**one, "id": 0}, {**other, "id": 0})

    def test_messages_of_a_batch_have_ids_of_their_own(self):
        messages = self._messages(self._make(3))
        self.assertEqual(len(messages), 3)
        self.assertEqual(len(set(messages.mapped("message_id"))), 3)

    def test_follower_of_the_team_is_told_of_each_ticket_of_a_batch(self):
        follower = self.user_manager.partner_id
        self.team.message_subscribe(
            follower.ids, self.env.ref("helpdesk_mgmt.hlp_tck_team_created").ids
        )
        batch = self._make(2)
        for ticket in batch:
            message = self._messages(ticket)
            self.assertIn(follower, ticket.sudo().message_partner_ids)
            self.assertEqual(message.notified_partner_ids, follower)

    def test_batch_has_no_message_where_none_is_wanted(self):
        tickets = self.env["helpdesk.ticket"].with_context(mail_create_nolog=True)
        batch = tickets.create(
            [{"name": "Silent", "description": "<p>…</p>"} for _number in range(2)]
        )
        self.assertFalse(self._messages(batch))

    def test_numbers_of_a_batch_are_consecutive_in_its_order(self):
        numbers = [int(t.number.removeprefix("HT")) for t in self._make(4)]
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + 4)))
        following = self._make(1).number
        self.assertEqual(int(following.removeprefix("HT")), numbers[-1] + 1)

    def test_number_that_is_given_is_kept_and_takes_none(self):
        tickets = self.env["helpdesk.ticket"].create(
            [
                {"name": "Own", "description": "<p>…</p>", "number": "A-1"},
                {"name": "Next", "description": "<p>…</p>"},
                {"name": "Next", "description": "<p>…</p>"},
            ]
        )
        self.assertEqual(tickets[0].number, "A-1")
        self.assertEqual(len(set(tickets.mapped("number"))), 3)

    def test_numbers_without_gaps_are_drawn_one_by_one(self):
        sequence = self.env.ref("helpdesk_mgmt.helpdesk_ticket_sequence").sudo()
        sequence.write({"implementation": "no_gap", "number_next": 7000})
        self.assertEqual(self._make(2).mapped("number"), ["HT07000", "HT07001"])

    def test_batch_of_a_team_starts_in_the_first_stage_of_the_team(self):
        stage = self.env["helpdesk.ticket.stage"].create(
            {
                "name": "Arrived",
                "sequence": -5,
                "team_ids": [Command.set(self.team.ids)],
            }
        )
        self.assertEqual(self._make(2).stage_id, stage)

    def test_context_of_the_batch_ends_with_it(self):
        batch = self._make(2)
        self.assertNotIn("service_contract_batch", batch.env.context)

    def test_queries_do_not_grow_with_the_tickets_of_a_batch(self):
        _cold, few, many = [
            self.count_queries(self._make, number) for number in (10, 10, 60)
        ]
        self.assertEqual(few, many)

    def test_note_of_a_change_on_many_is_that_of_a_change_on_one(self):
        alone, *batch = self._make(3)
        for tickets in (alone, alone.browse(ticket.id for ticket in batch)):
            self.env.cr.flush()
            tickets.write(
                {
                    "stage_id": self.stage_progress.id,
                    "no_decrement": True,
                    "no_decrement_reason": "Goodwill",
                }
            )
        expected = self._messages(alone)[-1]
        self.assertEqual(len(expected.tracking_value_ids), 3)
        for ticket in batch:
            note = self._messages(ticket)[-1]
            self.assertEqual(
                {**note.read(MESSAGE_FIELDS)[0], "id": 0},
                {**expected.read(MESSAGE_FIELDS)[0], "id": 0},
            )
            self.assertEqual(
                self._tracked(note.tracking_value_ids),
                self._tracked(expected.tracking_value_ids),
            )

    def _tracked(self, values):
        return [
            tuple(value[name] for name in TRACKING_FIELDS)
            for value in values.sorted("field_id")
        ]

    def test_message_that_goes_with_a_change_is_on_each_note(self):
        batch = self._make(2)
        self.env.cr.flush()
        batch._track_set_log_message("<p>Because of the storm.</p>")
        batch.write({"stage_id": self.stage_progress.id})
        for ticket in batch:
            self.assertIn("storm", self._messages(ticket)[-1].body)
