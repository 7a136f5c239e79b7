# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Contracts of a file into contracts of the database."""

import time
from datetime import timedelta

from psycopg2 import DataError, IntegrityError

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import LazyTranslate, mute_logger

from ..engine import periods
from . import columns
from .columns import OPENING
from .refusal import Refusal
from .rows import ACTIVE, ERROR, LATER, NEW, UNCHANGED

_lt = LazyTranslate(__name__)

BATCH = 100


class Builder:
    """Makes the contracts of a file, a batch in a savepoint.

    Whether it is a dry run is the caller's business: a dry run is the same work,
    rolled back.

    :param company: res.company of the contracts
    :param source: name of the file, for the record
    :param numbered: give the contracts numbers of the sequence, which does not roll
        back
    """

    def __init__(self, company, source, numbered=True):
        self.env = company.env(
            context={**company.env.context, "mail_create_nolog": True}
        )
        self.company = company
        self.source = source
        self.numbered = numbered
        self.made_ids = []

    def run(self, import_contracts, seconds=None):
        """Make those contracts that are new and right; give each its result.

        :param import_contracts: ``rows.ImportContract`` with references looked up
        :param seconds: stop when they are over and leave the rest for later
        :return: ids of the new contracts
        """
        deadline = time.monotonic() + seconds if seconds else None
        self._compare(import_contracts)
        todo = [contract for contract in import_contracts if not contract.result]
        for start in range(0, len(todo), BATCH):
            chunk = todo[start : start + BATCH]
            if deadline and time.monotonic() > deadline:
                for contract in chunk:
                    contract.result = LATER
                continue
            batch = self._prepare_batch(chunk)
            if not self._create_safely(batch) and len(batch) > 1:
                for contract_vals in batch:
                    self._create_safely([contract_vals])
        return self.made_ids

    # === KNOWN CONTRACTS === #

    def _compare(self, import_contracts):
        """Give their results to refused contracts and to those that exist."""
        existing = self._get_existing(contract.key for contract in import_contracts)
        for contract in import_contracts:
            known = existing.get(contract.key)
            if known and not contract.is_refused():
                self._compare_known(contract, known)
            if contract.is_refused():
                contract.result = ERROR

    def _get_existing(self, keys):
        """Return key → contract of the company, archived ones included."""
        found = (
            self.env["service.contract"]
            .with_context(active_test=False)
            .search_fetch(
                [
                    ("company_id", "=", self.company.id),
                    ("external_key", "in", [key for key in keys if key]),
                ],
                ["external_key", "import_values", "name"],
            )
        )
        return {contract.external_key: contract for contract in found}

    def _compare_known(self, contract, known):
        """A known contract is the same, or it is refused: never updated."""
        before, after = known.import_values, contract.to_json()
        if before == after:
            contract.result = UNCHANGED
            return
        if not before:
            contract.rows[0].refuse(
                _lt(
                    "%(number)s has this key and was made in another way. Nothing was "
                    "changed. Remove the rows of this contract",
                    number=known.name,
                )
            )
            return
        contract.rows[0].refuse(
            _lt(
                "%(number)s was made from this key before and the file differs from it "
                "now in: %(columns)s. Nothing was changed. Remove the rows of this "
                "contract, and amend the contract itself",
                number=known.name,
                columns=", ".join(_get_differences(before, after)),
            )
        )

    # === NEW CONTRACTS === #

    def _prepare_batch(self, import_contracts):
        """Return pairs of contract and values; refuse those that can't be prepared."""
        batch = []
        for contract in import_contracts:
            try:
                batch.append((contract, self._prepare_contract(contract)))
            except Refusal as refusal:
                self._refuse(contract, refusal)
        return batch

    def _create_safely(self, batch):
        """Create a batch in a savepoint.

        :param batch: pairs of contract and values
        :return: whether it worked; a single contract that did not is refused
        """
        try:
            with (
                mute_logger("odoo.sql_db"),  # what the database refuses is reported
                self.env.cr.savepoint(),
            ):
                made = self._create(batch)
        except (UserError, Refusal, IntegrityError, DataError) as error:
            if len(batch) == 1:
                self._refuse(batch[0][0], error)
            return False
        self.made_ids += made.ids
        for contract, _vals in batch:
            contract.result = NEW
        return True

    def _refuse(self, contract, error):
        """Note a business error on the row it is about, or on the first."""
        row = getattr(error, "row", None) or contract.rows[0]
        row.refuse(self._explain(error))
        contract.result = ERROR

    def _explain(self, error):
        """Return what a business error says to the user."""
        if isinstance(error, Refusal):
            return error.message
        if isinstance(error, UserError):
            return str(error)
        if error.diag.constraint_name == "service_contract_external_key_uniq":
            return _lt(
                "A contract with this key was made at the same moment. Check the file "
                "again"
            )
        return _lt(
            "The database refused it: %(reason)s",
            reason=error.diag.message_primary or str(error),
        )

    def _create(self, batch):
        """Make contracts, and their opening balances.

        :param batch: pairs of what was read and the values of its contract
        :return: the contracts
        """
        contracts = self.env["service.contract"].create([vals for _, vals in batch])
        pairs = [
            (contract, record)
            for (contract, _vals), record in zip(batch, contracts, strict=True)
        ]
        opened = self._pair_lines(pairs)
        for row, line in opened:
            if "billed_until" in row.values:
                self._skip_billed(row, line)
        active = contracts.browse(
            record.id
            for contract, record in pairs
            if contract.values.get("state") == ACTIVE
        )
        if active:
            active.action_confirm()
        self._open_balances(opened)
        contracts._message_log_batch(
            bodies={
                record.id: self.env._(
                    "Imported from %(file)s, row %(row)s.",
                    file=self.source,
                    row=contract.rows[0].number,
                )
                for contract, record in pairs
            }
        )
        return contracts

    def _prepare_contract(self, contract):
        """Return the values of the contract that the rows describe."""
        vals = {
            name: value for name, value in contract.values.items() if name != "state"
        }
        vals["company_id"] = self.company.id
        vals["import_values"] = contract.to_json()
        if not self.numbered:
            vals["name"] = f"import:{contract.key}"
        template = self.env["service.contract.template"].browse(vals.get("template_id"))
        if len(contract.rows) == 1 and not contract.rows[0].describes_line():
            if not template.line_ids:
                raise Refusal(
                    _lt(
                        "There is no line. Write a product, or a template that has "
                        "lines"
                    )
                )
            return vals
        vals["line_ids"] = [
            Command.create(self._prepare_line(row, template, number))
            for number, row in enumerate(contract.rows, start=1)
        ]
        return vals

    def _prepare_line(self, row, template, number):
        """Return the values of a line: the row's, else those of the template's line
        with the same product."""
        product_id = row.values.get("product_id")
        from_template = template.line_ids.filtered(
            lambda line: not product_id or line.product_id.id == product_id
        )
        if not product_id and len(from_template) != 1:
            raise Refusal(
                _lt(
                    "A product is needed: only a template with one line can stand in "
                    "for it"
                ),
                row,
            )
        vals = from_template[:1]._prepare_contract_line() if from_template else {}
        vals["sequence"] = number
        for name, value in row.values.items():
            level = columns.BY_NAME[name].level
            if level == columns.LINE and name not in OPENING:
                vals[name] = _to_command(name, value)
        return vals

    # === OPENING === #

    def _pair_lines(self, pairs):
        """Return the rows that say how far a line has come, with their lines."""
        return [
            (row, line)
            for contract, record in pairs
            if any(name in row.values for row in contract.rows for name in OPENING)
            for row, line in zip(contract.rows, record.line_ids.sorted(), strict=True)
        ]

    def _skip_billed(self, row, line):
        """Let billing begin after the periods that the old system has invoiced."""
        next_day = row.values["billed_until"] + timedelta(days=1)
        if next_day <= line.date_start or line.billing_unit == "never":
            raise Refusal(
                _lt(
                    "Nothing of this line can be invoiced by then. Empty Billed Through"
                ),
                row,
            )
        if line.billing_unit == "once":
            line._set_progress(next_billing_period=1)
            return
        recurrence = line._get_billing_recurrence()
        period = periods.period_at(
            recurrence, periods.period_number(recurrence, next_day)
        )
        end = line._get_end()
        if next_day != period.start and not (end and next_day >= end):
            raise Refusal(
                _lt(
                    "Billed Through is within a billing period. Write its last day, "
                    "%(last)s, or that of the period before, %(before)s",
                    last=(period.end - timedelta(days=1)).isoformat(),
                    before=(period.start - timedelta(days=1)).isoformat(),
                ),
                row,
            )
        line._set_progress(
            next_billing_period=period.number + (next_day != period.start)
        )

    def _open_balances(self, opened):
        """Adjust the running lots to what the file says is left."""
        wanted = [(row, line) for row, line in opened if "remaining" in row.values]
        lines = self.env["service.contract.line"].union(
            *(line for _row, line in wanted)
        )
        lots_by_line = lines._get_current_lots()
        for row, line in wanted:
            lots = lots_by_line.get(line)
            if not lots:
                raise Refusal(
                    _lt(
                        "No allotment of this line is running today, so nothing can "
                        "remain of it. Leave Remaining Now empty"
                    ),
                    row,
                )
            self._open_balance(row, line, lots)

    def _open_balance(self, row, line, lots):
        """Post the difference to what is left; carried units go first."""
        wanted = line._to_base_units(row.values["remaining"])
        change = wanted - sum(lots.mapped("remaining"))
        reason = self.env._("Opening balance (import)")
        if change > 0:
            if line.rollover_policy == "none":
                raise Refusal(
                    _lt(
                        "More remains than the allotment of one period grants. Correct "
                        "Remaining Now or the allotment"
                    ),
                    row,
                )
            lots.filtered(lambda lot: lot.kind == "allotment")[:1]._adjust(
                change, reason
            )
            return
        for lot in lots.sorted(lambda lot: (lot.kind != "rollover", lot.valid_from)):
            taken = min(-change, lot.remaining)
            if taken > 0:
                lot._adjust(-taken, reason)
                change += taken


def _to_command(name, value):
    """Return the value of a line as ``create`` takes it."""
    if name in ("site_ids", "task_included_ids", "task_excluded_ids"):
        return [Command.set(value)]
    if name == "covered_item_ids":
        return [
            Command.create({"product_id": product_id, "serial": serial})
            for product_id, serial in value
        ]
    return value


def _get_differences(before, after):
    """Return the labels of the columns in which two imports of a contract differ."""
    names = _differing(before["contract"], after["contract"])
    if len(before["lines"]) != len(after["lines"]):
        return [columns.BY_NAME[name].label for name in names] + [
            f"{len(before['lines'])} → {len(after['lines'])}"
        ]
    for old, new in zip(before["lines"], after["lines"], strict=True):
        names += [name for name in _differing(old, new) if name not in names]
    return [columns.BY_NAME[name].label for name in names]


def _differing(old, new):
    return [name for name in columns.BY_NAME if old.get(name) != new.get(name)]
