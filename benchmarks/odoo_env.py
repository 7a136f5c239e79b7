# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""An Odoo environment in this process, outside a server."""

import logging
import os
from contextlib import contextmanager


@contextmanager
def environment(database):
    """Yield an environment of the superuser; nothing is committed in the end."""
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry
    from odoo.tools import config

    arguments = ["-d", database, "--no-http", "--max-cron-threads=0"]
    conf = os.environ.get("SC_ODOO_CONF")
    if conf:
        arguments += ["-c", conf]
    config.parse_config(arguments, setup_logging=False)
    logging.getLogger("odoo").setLevel(logging.ERROR)
    with Registry(database).cursor() as cr:
        yield api.Environment(cr, SUPERUSER_ID, {})
