# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import datetime, timedelta

from odoo.tests import BaseCase

from odoo.addons.service_contract.engine.mail_time import (
    MAX_AGE,
    get_received,
    get_sent,
    parse_date,
)

NOW = datetime(2026, 3, 4, 9, 30)


class TestEngineMailTime(BaseCase):
    def test_zones(self):
        for text in (
            "Wed, 4 Mar 2026 10:00:00 +0100",
            "4 Mar 2026 10:00:00 +0100",
            "Wed, 04 Mar 2026 09:00:00 GMT",
            "Wed, 04 Mar 2026 09:00:00 -0000",
            "Wed, 04 Mar 2026 09:00:00",
            "Wed,  4 Mar 2026 04:00:00 EST",
            "Wed, 4 Mar 2026 14:30:00 +0530 (India)",
        ):
            with self.subTest(text):
                self.assertEqual(get_sent(text, NOW), datetime(2026, 3, 4, 9))

    def test_bad_headers_say_nothing(self):
        for text in (
            None,
            "",
            " ",
            "yesterday",
            "Wed, 32 Mar 2026 10:00:00 +0100",
            "Wed, 4 Mar 2026 25:00:00 +0100",
            "Wed, 4 Foo 2026 10:00:00 +0100",
            "Wed, 4 Mar 99999 10:00:00 +0100",
            "Fri, 31 Dec 9999 23:59:59 -2300",
            "Mon, 1 Jan 0001 00:00:00 +2300",
            "Wed, 4 Mar 2026 10:00:00 +9999999999",
            "=?utf-8?q?Wed?=",
            "\x00\ud800",
            "2026-03-04T10:00:00+01:00" * 100,
            12,
        ):
            with self.subTest(text):
                self.assertIsNone(get_sent(text, NOW))

    def test_neither_the_future_nor_an_old_folder(self):
        def sent(delta):
            return get_sent(f"{NOW + delta:%a, %d %b %Y %H:%M:%S} +0000", NOW)

        self.assertEqual(sent(timedelta()), NOW)
        self.assertIsNone(sent(timedelta(seconds=1)))
        self.assertEqual(sent(-MAX_AGE), NOW - MAX_AGE)
        self.assertIsNone(sent(-MAX_AGE - timedelta(seconds=1)))

    def test_the_last_server_counts(self):
        hops = (
            "from mx.example.com by imap.example.com; Wed, 4 Mar 2026 09:10:00 +0000",
            "from pc by mx.example.com; with ; inside; Wed, 4 Mar 2026 08:00:00 +0000",
        )
        self.assertEqual(get_received(hops, NOW), datetime(2026, 3, 4, 9, 10))
        self.assertEqual(get_received(hops[1:], NOW), datetime(2026, 3, 4, 8))
        for bad in ((), ("nonsense",), ("by x; later",), (None,)):
            self.assertIsNone(get_received(bad, NOW))

    def test_whole_seconds(self):
        self.assertEqual(parse_date("4 Mar 2026 09:00:01 +0000").second, 1)
