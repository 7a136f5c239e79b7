# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from itertools import product

from odoo.tests import BaseCase

from odoo.addons.service_contract.engine.response import (
    AUTHORS,
    AUTOMATICS,
    CHANNELS,
    VISIBILITIES,
    detect_automatic,
    judge,
)

# What a person wrote: author x visibility, with a column for calls and one for the
# other channels. It counts where there is a plus.
MATRIX = """
agent     public    +call call               +answer public_answer
agent     internal  +call call               -note internal_note
customer  public    -customer customer_message  -customer customer_message
customer  internal  -note internal_note      -note internal_note
other     public    -note other_person       -note other_person
other     internal  -note internal_note      -note internal_note
system    public    -reply_auto system       -reply_auto system
system    internal  -reply_auto system       -reply_auto system
"""
PEOPLE = [{}, {"Auto-Submitted": "no"}, {"Subject": "Auto", "Precedence": "normal"}]
MACHINES = [
    ({"Auto-Submitted": "auto-replied"}, "auto_reply"),
    ({"auto-submitted": "Auto-Replied; owner-email=x@example.com"}, "auto_reply"),
    ({"Auto-Submitted": "auto-generated"}, "template"),
    ({"Auto-Submitted": "auto-notified"}, "template"),
    ({"X-Auto-Response-Suppress": "All"}, "out_of_office"),
    ({"X-Auto-Response-Suppress": "DR, OOF, AutoReply"}, "out_of_office"),
    ({"Precedence": "bulk"}, "mass_mail"),
    ({"Precedence": "List"}, "mass_mail"),
    ({"Precedence": "auto_reply"}, "auto_reply"),
    ({"Precedence": "junk"}, "auto_reply"),
    ({"X-Autoreply": "yes"}, "auto_reply"),
    ({"X-Autorespond": "Away"}, "auto_reply"),
    ({"X-Mail-Autoreply": "1"}, "auto_reply"),
    ({"Return-Path": "<>"}, "auto_reply"),
    ({"List-Id": "<news.example.com>"}, "mass_mail"),
    ({"List-Unsubscribe": "<mailto:x@example.com>"}, "mass_mail"),
]


class TestResponse(BaseCase):
    def test_matrix_of_what_people_write(self):
        seen = set()
        for row in MATRIX.strip().splitlines():
            author, visibility, call, call_why, other, other_why = row.split()
            for channel in CHANNELS:
                cell, why = (
                    (call, call_why) if channel == "call" else (other, other_why)
                )
                with self.subTest(channel=channel, author=author, visible=visibility):
                    self.assertEqual(
                        judge(channel, author, visibility),
                        (cell[0] == "+", cell[1:], why),
                    )
                seen.add((channel, author, visibility))
        self.assertEqual(seen, set(product(CHANNELS, AUTHORS, VISIBILITIES)))

    def test_nothing_automatic_counts(self):
        for words in product(CHANNELS, AUTHORS, VISIBILITIES, AUTOMATICS):
            with self.subTest(words):
                self.assertEqual(judge(*words), (False, "reply_auto", words[-1]))

    def test_unknown_words_are_refused(self):
        for words in (
            ("fax", "agent", "public"),
            ("mail", "robot", "public"),
            ("mail", "agent", "secret"),
            ("mail", "agent", "public", "perhaps"),
        ):
            with self.subTest(words), self.assertRaises(ValueError):
                judge(*words)

    def test_mails_of_people(self):
        for headers in PEOPLE:
            with self.subTest(headers):
                self.assertEqual(detect_automatic(headers), "")

    def test_mails_of_machines(self):
        for headers, kind in MACHINES:
            with self.subTest(headers):
                self.assertEqual(detect_automatic(headers), kind)
