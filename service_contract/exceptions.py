# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Errors that callers from outside tell apart by their HTTP status."""

from http import HTTPStatus

from odoo.exceptions import UserError


class UsageConflict(UserError):
    """The key of a reported usage was used for another event before."""

    http_status = HTTPStatus.CONFLICT
