# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from . import approval
from . import helpdesk_ticket
from . import portal
