# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from . import (
    service_approval_ask,
    service_approval_decide,
    service_charge_waive,
    service_charge_why,
    service_charge_waive_courtesy,
    service_courtesy_withdraw,
    service_giveaway_decide,
    service_sla_credit_decide,
    service_sla_reassign,
    service_import_mixin,
    service_sla_start,
    service_extra_work,
    service_contract_import,
    service_contract_rerate,
    service_contract_suspend,
    service_contract_terminate,
    service_coverage_adjust,
    service_rate_change,
    service_ticket_backdate,
    service_ticket_call,
    service_ticket_pause,
    service_topup_order,
    service_usage_log,
    service_visit_plan,
)
