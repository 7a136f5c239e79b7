# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Steps around installation."""

from odoo.tools import SQL

APPEND_ONLY_TABLES = ("service_coverage_entry", "service_usage", "service_charge")


def post_init_hook(env):
    """The stage that the helpdesk ships as cancelled gives back what was drawn."""
    stage = env.ref("helpdesk_mgmt.helpdesk_ticket_stage_cancelled", False)
    if stage:
        stage.service_is_cancelled = True


def uninstall_hook(env):
    """Remove the database functions of the triggers."""
    functions = [f"{table}_append_only" for table in APPEND_ONLY_TABLES]
    for function in (*functions, "service_billing_period_no_overlap"):
        env.cr.execute(
            SQL("DROP FUNCTION IF EXISTS %s CASCADE", SQL.identifier(function))
        )
