# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The API as other systems meet it: over HTTP, with a key, by its status codes."""

import inspect
import json
from datetime import datetime, timedelta

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.api_doc.controllers.api_doc import parse_signature

from .common_usage_api import ApiCommon

QUIET = ("odoo.http", "odoo.addons.base.models.ir_rule", "odoo.sql_db")


@tagged("post_install", "-at_install")
class TestApiOverHttp(ApiCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.key_of = {
            user: cls.make_key(user) for user in (cls.user_contract, cls.user_agent)
        }
        cls.key_of[cls.user_other] = cls.make_key(cls.user_other)

    @classmethod
    def make_key(cls, user):
        keys = cls.env["res.users.apikeys"].with_user(user)
        return keys._generate("rpc", "Test", datetime.now() + timedelta(hours=1))

    def post(self, method, body, user=None, key=None):
        """Call a method; return the status and the decoded answer."""
        key = key or self.key_of[user or self.user_contract]
        data = body if isinstance(body, str) else json.dumps(body)
        response = self.url_open(
            f"/json/2/service.usage/{method}",
            data=data,
            headers={
                "Authorization": f"Bearer {key}",
                "Content-Type": "application/json",
            },
            method="POST",
        )
        return response.status_code, response.json()

    def test_statuses_of_one_event(self):
        event = self.event()
        status, first = self.post("api_report_usage", event)
        self.assertEqual((status, first["status"]), (200, "ok"))
        status, again = self.post("api_report_usage", event)
        self.assertEqual((status, again["status"]), (200, "already"))
        self.assertEqual(again["usage"], first["usage"])
        with mute_logger(*QUIET):
            status, error = self.post("api_report_usage", {**event, "quantity": 2})
        self.assertEqual(status, 409)
        self.assertIn("differs in: quantity", error["message"])
        self.assertEqual(len(self.usages()), 1)
        status, found = self.post("api_explain", {"external_key": "crm-1"})
        self.assertEqual((status, found["usage"]), (200, first["usage"]))
        place = {"contract": self.contract.name}
        status, balance = self.post("api_get_balance", place)
        self.assertEqual((status, balance["contract"]), (200, self.contract.name))

    def test_a_batch_is_answered_event_by_event(self):
        events = [self.event(), self.event(quantity=3), self.event("b", unit="ell")]
        status, answer = self.post("api_report_usages", {"events": events})
        self.assertEqual(status, 200)
        self.assertEqual(
            [result["status"] for result in answer["results"]],
            ["ok", "conflict", "refused"],
        )

    @mute_logger(*QUIET)
    def test_bad_input_is_never_an_error_of_the_server(self):
        bodies = [
            '{"quantity": Infinity, "unit": "hour"}',
            "{" + '"a":' * 3 + "1}",
            "[]",
            "not json",
            "{}",
        ]
        for changes in (
            {"quantity": 1e308},
            {"quantity": float("inf")},
            {"quantity": float("nan")},
            {"quantity": -1},
            {"quantity": {"a": 1}},
            {"external_key": "a\0b"},
            {"external_key": "\ud800"},
            {"external_key": ["a"]},
            {"description": "x" * 10_000_000},
            {"unit": "fortnight"},
            {"event_at": "0001-01-01T00:00:00Z"},
            {"event_at": "9999-12-31T23:59:59Z"},
            {"event_at": "2025-01-15T08:00:00"},
            {"event_at": 5},
            {"contract": "' OR 1=1 --"},
            {"contract": 5},
            {"line_id": 2**63},
            {"ticket": "/"},
            {"unknown": 1},
            {"tz": "Europe"},
        ):
            bodies.append(json.dumps(self.event(**changes)))
        for body in bodies:
            with self.subTest(body[:200]):
                status, error = self.post("api_report_usage", body)
                self.assertIn(status, (400, 422))
                self.assertNotIn("Traceback", error["message"])
                self.assertLess(len(error["message"]), 500)
        for body in ({"events": 5}, {"events": [{}] * 1001}, {"events": {}}, {}):
            status, _error = self.post("api_report_usages", body)
            self.assertEqual(status, 422)
        self.assertFalse(self.usages())

    @mute_logger(*QUIET)
    def test_who_may_not_is_told_so(self):
        self.post("api_report_usage", self.event())
        calls = {
            "api_report_usage": self.event("x"),
            "api_report_usages": {"events": [self.event("x")]},
            "api_get_balance": {"contract": self.contract.name},
            "api_explain": {"external_key": "crm-1"},
        }
        for method, body in calls.items():
            with self.subTest(method):
                self.assertEqual(self.post(method, body, self.user_agent)[0], 403)
                self.assertEqual(self.post(method, body, key="0" * 40)[0], 401)
                body = {**body, "company_id": self.company.id}
                self.assertEqual(self.post(method, body, self.user_other)[0], 403)
        status, error = self.post("api_explain", {"external_key": "crm-9"})
        self.assertEqual(status, 404)
        self.assertIn("crm-9", error["message"])
        self.assertEqual(len(self.usages()), 1)

    def test_nobody_chooses_the_time(self):
        event = {**self.event(), "context": {"service_contract_now": "2020-01-01"}}
        status, answer = self.post("api_report_usage", event)
        self.assertEqual(status, 200)
        self.assertGreater(answer["usage"]["received_at"], "2025-01-16")

    def test_the_documentation_names_each_parameter(self):
        for name, method in inspect.getmembers(type(self.env["service.usage"])):
            if not name.startswith("api_"):
                continue
            with self.subTest(name):
                signature = parse_signature(method).as_dict()
                self.assertTrue(signature["doc"])
                self.assertTrue(signature["return"]["doc"])
                self.assertTrue(signature["raise"])
                for parameter in signature["parameters"].values():
                    self.assertTrue(parameter["doc"])
                    self.assertTrue(parameter["annotation"])
