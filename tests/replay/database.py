# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Odoo's registry and its transactions, without a server."""

import os
from contextlib import contextmanager

from odoo import api
from odoo.modules.registry import Registry
from odoo.tools import config


def open_registry(database):
    """Load Odoo with the configuration named by SC_ODOO_CONF."""
    options = ["--no-http", "--log-level=warn", "-d", database]
    if os.environ.get("SC_ODOO_CONF"):
        options += ["-c", os.environ["SC_ODOO_CONF"]]
    config.parse_config(options, setup_logging=True)
    return Registry(database)


@contextmanager
def transaction(registry, instant=None):
    """Give an environment of the superuser; commit at the end.

    :param instant: naive UTC; what the addon takes for now, the clock if none is given
    """
    context = {"lang": "en_US"}
    if instant:
        context["service_contract_now"] = instant
    with registry.cursor() as cr:
        yield api.Environment(cr, api.SUPERUSER_ID, context)
