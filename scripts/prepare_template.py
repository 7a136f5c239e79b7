# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Give the company of a new template database a chart of accounts.

Without a country no chart is installed, and then nothing can be invoiced. ``odoo
shell`` reads this.
"""

company = env.company  # noqa: F821
if not company.chart_template:
    env["account.chart.template"].try_loading(  # noqa: F821
        "generic_coa", company=company, install_demo=False
    )
env.cr.commit()  # noqa: F821
