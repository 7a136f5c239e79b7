# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Steps around installation."""

from odoo.tools import SQL

# What was made in daily work, in the order in which it can be deleted.
OWN_TABLES = (
    "service_giveaway",
    "service_approval",
    "service_sla_credit",
    "service_sla_rescue",
    "service_sla_alarm",
    "service_sla_timer",
    "service_sla_event",
    "service_sla_pause",
    "service_sla_version",
    "service_outbox",
    "service_balance_alert",
    "service_charge",
    "service_coverage_entry",
    "service_coverage_quota",
    "service_coverage_reservation",
    "service_coverage_counter",
    "service_courtesy",
    "service_topup",
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
)


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
    for table in OWN_TABLES:
        env.cr.execute(SQL("DELETE FROM %s", SQL.identifier(table)))
    env.invalidate_all(flush=False)


def _clear_links(env):
    """Take out what links records that stay to ours."""
    env.cr.execute(
        """
        UPDATE account_move_line
           SET service_contract_id = NULL, service_contract_line_id = NULL,
               service_billing_period_id = NULL
         WHERE service_contract_id IS NOT NULL
        """
    )
    env.cr.execute(
        """
        UPDATE helpdesk_ticket
           SET service_contract_id = NULL, service_contract_line_id = NULL
         WHERE service_contract_id IS NOT NULL
        """
    )
    for table in ("account_move_line", "sale_order_line"):
        env.cr.execute(
            SQL(
                """
                UPDATE %s
                   SET service_topup_id = NULL
                 WHERE service_topup_id IS NOT NULL
                """,
                SQL.identifier(table),
            )
        )
    # Quotations of extra work stay; they name contract lines and task codes of ours.
    env.cr.execute(
        """
        UPDATE sale_order_line
           SET service_extra_line_id = NULL, service_task_code_id = NULL
         WHERE service_extra_line_id IS NOT NULL
        """
    )
    # Stages stay, and pause reasons are removed before the targets that name them.
    env.cr.execute("UPDATE helpdesk_ticket_stage SET sla_pause_reason_id = NULL")
    reasons = env["service.sla.target"]._fields["pause_reason_ids"]
    env.cr.execute(SQL("DELETE FROM %s", SQL.identifier(reasons.relation)))
    # Employees and addresses stay as well.
    env.cr.execute(
        "UPDATE hr_employee SET service_role_id = NULL, service_level_id = NULL"
    )
    env.cr.execute("UPDATE res_partner SET service_travel_zone_id = NULL")
    # Sold products may stay, because an invoice needs them.
    env.cr.execute("UPDATE product_template SET service_contract_template_id = NULL")
