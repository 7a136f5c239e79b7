# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from . import test_access
from . import test_contract_states
from . import test_counter_concurrency
from . import test_counters
from . import test_drawdown
from . import test_engine_allocation
from . import test_engine_credit
from . import test_engine_entitlement
from . import test_engine_lifecycle
from . import test_engine_periods
from . import test_engine_proration
from . import test_engine_routing
from . import test_contract_notice
from . import test_contract_unpaid
from . import test_invariants
from . import test_multicompany
from . import test_sale
from . import test_ticket_batch
from . import test_tickets
from . import test_billing_freed
from . import test_billing_run
from . import test_billing_insert
from . import test_billing_overage
from . import test_billing_recurring
from . import test_portal
from . import test_portal_routes
from . import test_import
from . import test_import_browser
from . import test_import_errors
from . import test_import_fuzz
from . import test_import_odoo
from . import test_dialogs
from . import test_screens
from . import test_browser
