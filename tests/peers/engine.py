# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The engine, loaded without Odoo.

The addon's own package imports its models and therefore Odoo; the engine below it
needs neither, and is loaded from its folder.
"""

import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

PACKAGE = "service_contract_engine"
FOLDER = Path(__file__).resolve().parents[2] / "service_contract" / "engine"


def load(name):
    """Return the module ``name`` of the engine."""
    if PACKAGE not in sys.modules:
        spec = spec_from_file_location(
            PACKAGE, FOLDER / "__init__.py", submodule_search_locations=[str(FOLDER)]
        )
        package = module_from_spec(spec)
        sys.modules[PACKAGE] = package
        spec.loader.exec_module(package)
    return import_module(f"{PACKAGE}.{name}")


clock = load("clock")
openings = load("openings")
periods = load("periods")
proration = load("proration")
sla = load("sla")
