# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from . import (
    account_move_proof,
    service_courtesy_report,
    service_coverage_site,
    service_sla_report,
)
