# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Steps around installation."""

from odoo.tools import SQL

# What was made in daily work, in the order in which it can be deleted.
OWN_TABLES = (
    "service_giveaway",
    "service_approval",
    "service_charge",
    "service_sla_credit",
    "service_sla_rescue",
    "service_sla_alarm",
    "service_sla_timer",
    "service_sla_event",
    "service_sla_pause",
    "service_sla_version",
    "service_outbox",
    "service_balance_alert",
    "service_coverage_entry",
    "service_coverage_quota",
    "service_coverage_reservation",
    "service_coverage_counter",
    "service_courtesy",
    "service_topup",
    "service_usage_receipt",
    "service_usage",
    "service_billing_period",
    "service_billing_run_line",
    "service_contract_line",
    "service_contract",
)
APPEND_ONLY_TABLES = (
    "service_approval",
    "service_coverage_entry",
    "service_usage",
    "service_charge",
    "service_sla_event",
    "service_sla_version",
    "service_usage_receipt",
)
# By table that stays: the columns that name records of ours.
LINKS = {
    "account_analytic_line": ("service_found_line_id", "service_task_code_id"),
    "account_move_line": (
        "service_contract_id",
        "service_contract_line_id",
        "service_billing_period_id",
        "service_topup_id",
    ),
    "helpdesk_ticket": (
        "service_contract_id",
        "service_contract_line_id",
        "service_task_code_id",
    ),
    "helpdesk_ticket_stage": ("sla_pause_reason_id",),
    "hr_employee": ("service_role_id", "service_level_id"),
    "product_template": ("service_contract_template_id",),
    "res_partner": ("service_travel_zone_id",),
    # Quotations of extra work stay.
    "sale_order_line": (
        "service_extra_line_id",
        "service_task_code_id",
        "service_topup_id",
    ),
}


def post_init_hook(env):
    """The stage that the helpdesk ships as cancelled gives back what was drawn."""
    stage = env.ref("helpdesk_mgmt.helpdesk_ticket_stage_cancelled", False)
    if stage:
        stage.service_is_cancelled = True


def uninstall_hook(env):
    """Remove what keeps Odoo from removing the rest: triggers and contracts.

    Invoices stay as they are; only their link to the contract goes.
    """
    functions = [f"{table}_append_only" for table in APPEND_ONLY_TABLES]
    for function in (*functions, "service_billing_period_no_overlap"):
        env.cr.execute(
            SQL("DROP FUNCTION IF EXISTS %s CASCADE", SQL.identifier(function))
        )
    _clear_links(env)
    # A credit and its charge name each other: neither could go first.
    env.cr.execute(
        """
        ALTER TABLE service_sla_credit
        DROP CONSTRAINT IF EXISTS service_sla_credit_charge_id_fkey
        """
    )
    for table in OWN_TABLES:
        env.cr.execute(SQL("DELETE FROM %s", SQL.identifier(table)))
    env.invalidate_all(flush=False)


def _clear_links(env):
    """Take out what links records that stay to ours."""
    for table, columns in LINKS.items():
        env.cr.execute(
            SQL(
                "UPDATE %s SET %s WHERE %s",
                SQL.identifier(table),
                SQL(", ").join(SQL("%s = NULL", SQL.identifier(c)) for c in columns),
                SQL(" OR ").join(
                    SQL("%s IS NOT NULL", SQL.identifier(c)) for c in columns
                ),
            )
        )
    # Pause reasons are removed before the targets that name them.
    reasons = env["service.sla.target"]._fields["pause_reason_ids"]
    env.cr.execute(SQL("DELETE FROM %s", SQL.identifier(reasons.relation)))
