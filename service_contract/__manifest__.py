# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Service Contract",
    "summary": "Service contracts as live rules: entitlements, draw-down, invoices"
    " with proof",
    "version": "19.0.1.0.0",
    "category": "Services/Service Contract",
    "license": "AGPL-3",
    "author": "The service_contract authors, Odoo Community Association (OCA)",
    "website": "https://github.com/OCA/helpdesk",
    "application": True,
    "depends": [
        "account",
        "helpdesk_mgmt",
        "hr_timesheet",
        "portal",
        "resource",
        "sale_management",
    ],
    "external_dependencies": {"python": ["openpyxl", "python-dateutil"]},
    "data": [
        # Groups before the rights that name them
        "security/service_contract_groups.xml",
        "security/ir.model.access.csv",
        "security/service_contract_security.xml",
        "data/ir_sequence_data.xml",
        # Copies the sequences
        "data/res_company_data.xml",
        "data/mail_data.xml",
        "data/ir_cron_data.xml",
        "views/helpdesk_ticket_templates.xml",
        # Actions before the views with buttons and the menus that open them
        "wizards/service_charge_waive_views.xml",
        "wizards/service_contract_import_views.xml",
        "wizards/service_contract_suspend_views.xml",
        "wizards/service_contract_terminate_views.xml",
        "wizards/service_coverage_adjust_views.xml",
        "wizards/service_usage_log_views.xml",
        "views/service_contract_template_views.xml",
        "views/service_contract_line_views.xml",
        "views/service_covered_item_views.xml",
        "views/service_contract_views.xml",
        "views/service_coverage_entry_views.xml",
        "views/service_coverage_counter_views.xml",
        "views/service_charge_views.xml",
        "views/service_usage_views.xml",
        "views/service_billing_period_views.xml",
        "views/service_billing_run_views.xml",
        "views/account_move_views.xml",
        "views/service_contract_portal_templates.xml",
        "views/helpdesk_ticket_views.xml",
        "views/helpdesk_ticket_stage_views.xml",
        "views/product_template_views.xml",
        "views/res_config_settings_views.xml",
        "views/res_partner_views.xml",
        "views/sale_order_views.xml",
        "views/service_contract_menus.xml",
        # After the menus that they are put in
        "views/service_contract_billing_views.xml",
        "views/service_contract_check_views.xml",
    ],
    "demo": [
        "demo/res_partner_demo.xml",
        "demo/product_product_demo.xml",
        "demo/service_contract_template_demo.xml",
        "demo/service_contract_demo.xml",
        "demo/sale_order_demo.xml",
        "demo/helpdesk_ticket_demo.xml",
        "demo/account_analytic_line_demo.xml",
        "demo/service_usage_log_demo.xml",
        # Bills what the files before it delivered
        "demo/service_billing_run_demo.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "service_contract/static/src/components/**/*",
        ],
        "web.assets_frontend": [
            "service_contract/static/src/scss/portal.scss",
        ],
        "web.assets_tests": [
            "service_contract/static/tests/tours/**/*",
        ],
        "web.assets_unit_tests": [
            "service_contract/static/tests/*.test.js",
        ],
    },
    "post_init_hook": "post_init_hook",
    "uninstall_hook": "uninstall_hook",
}
