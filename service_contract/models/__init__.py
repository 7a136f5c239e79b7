# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from . import (
    service_contract_terms_mixin,
    service_contract_template,
    service_contract_template_line,
    service_contract,
    service_contract_check,
    service_contract_hold,
    service_contract_notice,
    service_contract_line,
    service_contract_line_entitlement,
    service_contract_line_rating,
    service_covered_item,
    service_coverage_counter,
    service_coverage_entry,
    service_usage,
    service_charge,
    account_analytic_line,
    helpdesk_ticket,
    helpdesk_ticket_stage,
    product_template,
    res_company,
    res_config_settings,
    res_partner,
    sale_order,
    sale_order_line,
)
