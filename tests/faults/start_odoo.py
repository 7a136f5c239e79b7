# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Odoo's command as a file: its server starts a helper from the file it was started
from, which ``python -m odoo`` does not allow."""

from odoo.cli.command import main

if __name__ == "__main__":
    main()
