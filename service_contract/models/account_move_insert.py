# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from dataclasses import dataclass, field

from psycopg2 import errors

from odoo import api, models
from odoo.fields import Command
from odoo.tools import SQL, mute_logger, ormcache

# Stands for the number of an invoice while there is none.
NUMBER = "\N{SYMBOL FOR SUBSTITUTE}"
# Set this system parameter to have every invoice made the plain way.
PLAIN_PARAMETER = "service_contract.plain_invoices"
# What inserting does itself, and whose code is known to lose nothing by it. Another
# module that extends one of these gets its invoices made the plain way.
REPLACED = {
    "account.move": (
        "create",
        "write",
        "_post",
        "_sync_dynamic_lines",
        "_get_sync_stack",
        "_sync_tax_lines",
        "_sync_invoice",
        "_set_next_sequence",
        "_locked_increment",
    ),
    "account.move.line": ("create", "write", "_create_analytic_lines"),
}
DEFAULT_JOURNAL_FIELDS = ("move_type", "company_id", "currency_id")
KNOWN_MODULES = {"account", "analytic", "base", "mail", "sale", "service_contract"}


@dataclass
class PreparedLine:
    """A row of account_move_line, and its taxes and tags."""

    row: dict
    tax_ids: list
    tax_tag_ids: list


@dataclass
class PreparedMove:
    """An invoice with all that Odoo computes for it, except its number.

    :param vals: what it was computed from
    :param row: of account_move
    :param untaxed: see ``_get_plain_untaxed``
    :param number_format: format string and values of the number; None for a draft
    :param new_customer_ids: partners who had no invoice before
    """

    vals: dict
    row: dict
    untaxed: float | None
    lines: list = field(default_factory=list)
    number_format: tuple | None = None
    new_customer_ids: list = field(default_factory=list)
    customer_ids: list = field(default_factory=list)

    def with_counter(self, counter):
        """Return the row with the number that has this counter."""
        template, values = self.number_format
        number = template.format(**{**values, "seq": counter})
        reference = self.row["payment_reference"]
        return {
            **self.row,
            "name": number,
            "payment_reference": reference and reference.replace(NUMBER, number),
            "sequence_number": counter,
            "sequence_prefix": template.split("{seq:")[0].format(**values),
        }


class AccountMove(models.Model):
    """Invoices computed in batches, and then inserted one by one.

    To create and post an invoice costs Odoo three times as much alone as in a batch,
    but billing commits each contract alone. So the values of a batch are computed
    first, in memory, by the methods that always compute them; each invoice is then
    inserted with them. See ``docs/decisions/billing.md``.
    """

    _name = "account.move"
    _inherit = ["account.move", "service.insert.mixin"]

    # === PREPARE === #

    @api.model
    def _prepare_inserts(self, vals_list, post):
        """Compute customer invoices without making them.

        :param vals_list: as for ``create``, all of the current company
        :param post: for each, whether it will be posted
        :return: for each, a ``PreparedMove``; None where it has to be made and posted
            the plain way
        """
        may_post = self.env.su or self.env.user.has_group(
            "account.group_account_invoice"
        )
        parameters = self.env["ir.config_parameter"].sudo()  # who bills: no ACL
        is_plain = parameters.get_param(PLAIN_PARAMETER)
        if is_plain or not may_post or not self._is_insert_safe():
            return [None] * len(vals_list)
        self.check_access("create")
        shared = self._get_shared_values(vals_list)
        moves = self.concat(
            *(
                self.new(self._prepare_new(vals, posted, shared))
                for vals, posted in zip(vals_list, post, strict=True)
            )
        )
        moves._add_tax_lines()
        moves._add_term_lines()
        formats = {}
        return [
            move._prepare_insert(vals, formats)
            for move, vals in zip(moves, vals_list, strict=True)
        ]

    @api.model
    def _get_shared_values(self, vals_list):
        """Look up once what would be looked up for each invoice.

        :return: default journals by company and currency, and values of all lines
        """
        journals = {}
        for vals in vals_list:
            key = vals["company_id"], vals["currency_id"]
            if "journal_id" not in vals and key not in journals:
                move = self.new({name: vals[name] for name in DEFAULT_JOURNAL_FIELDS})
                journals[key] = move._search_default_journal().id
        line_values = {}
        if not self.env["account.analytic.distribution.model"].search([], limit=1):
            line_values["analytic_distribution"] = False
        return journals, line_values

    @api.model
    @ormcache()
    def _is_insert_safe(self):
        """Whether no unknown module adds to what inserting replaces."""
        modules = {
            base.__module__.split(".")[2]
            for model, names in REPLACED.items()
            for base in type(self.env[model]).__mro__
            if base.__module__.startswith("odoo.addons.")
            and any(name in base.__dict__ for name in names)
        }
        return modules <= KNOWN_MODULES

    @api.model
    def _prepare_new(self, vals, posted, shared):
        """Return values of the invoice in memory.

        :param shared: see ``_get_shared_values``
        """
        journals, line_values = shared
        product_model = self.env["product.product"]
        values = {
            "state": "draft",
            "name": False,
            "journal_id": journals.get((vals["company_id"], vals["currency_id"])),
            **vals,
            "invoice_line_ids": [
                Command.create(
                    {
                        **line_values,
                        # Odoo computes it on drafts only
                        "product_uom_id": product_model.browse(
                            line["product_id"]
                        ).uom_id.id,
                        **line,
                    }
                )
                for _command, _id, line in vals["invoice_line_ids"]
            ],
        }
        if posted:
            values |= {"state": "posted", "posted_before": True, "name": NUMBER}
        return values

    def _prepare_insert(self, vals, formats):
        """Return the ``PreparedMove`` of an invoice in memory, or None."""
        if self._needs_plain_way():
            return None
        self._validate_fields(set(self._fields) - {"name", "date", "sequence_number"})
        self.line_ids._validate_fields(set(self.line_ids._fields))
        prepared = PreparedMove(vals, self._get_row(vals), self._get_plain_untaxed())
        given = [command[2] for command in vals["invoice_line_ids"]]
        given += [{}] * (len(self.line_ids) - len(given))
        for line, line_vals in zip(self.line_ids, given, strict=True):
            prepared.lines.append(
                PreparedLine(
                    line._get_row(line_vals), line.tax_ids.ids, line.tax_tag_ids.ids
                )
            )
        if self.state == "posted":
            key = (self.journal_id, self.date)
            if key not in formats:
                formats[key] = self._get_next_sequence_format()
            prepared.number_format = formats[key]
            partners = self.partner_id | self.commercial_partner_id
            new = partners.filtered(lambda partner: not partner.customer_rank)
            prepared.new_customer_ids = new.ids
            prepared.customer_ids = (partners - new).ids
        return prepared

    def _add_tax_lines(self):
        """Add the tax lines to invoices in memory, as saving would."""
        tax_model, line_model = self.env["account.tax"], self.env["account.move.line"]
        for move in self:
            move._update_cache({"line_ids": move.invoice_line_ids})
        for move in self:
            base_lines, _tax_lines = move._get_rounded_base_and_tax_lines(
                round_from_tax_lines=False
            )
            tax_model._add_accounting_data_in_base_lines_tax_details(
                base_lines, move.company_id, include_caba_tags=move.always_tax_exigible
            )
            results = tax_model._prepare_tax_lines(base_lines, move.company_id)
            for base_line, values in results["base_lines_to_update"]:
                base_line["record"]._update_cache(values)
            for values in results["tax_lines_to_add"]:
                line_model.new({**values, "display_type": "tax", "move_id": move.id})
        # Once for all: cached values went by the dependencies.
        self.modified(["line_ids"])

    def _add_term_lines(self):
        """Add the receivable lines to invoices in memory, as saving would."""
        line_model = self.env["account.move.line"]
        for move in self:
            for key, values in move.needed_terms.items():
                line_model.new(
                    {
                        **key,
                        **values,
                        "display_type": "payment_term",
                        "move_id": move.id,
                    }
                )
        self.modified(["line_ids"])

    def _needs_plain_way(self):
        """Whether posting does more for this invoice than inserting can."""
        journal, company = self.journal_id, self.company_id
        posted = self.state == "posted"
        return bool(
            company.restrictive_audit_trail
            or company.account_discount_expense_allocation_id
            or journal.restrict_mode_hash_table
            or not journal.active
            or (journal.invoice_reference_type, journal.invoice_reference_model)
            not in (("invoice", "odoo"), ("none", "odoo"))
            or not self.currency_id.active
            or (self.partner_bank_id and not self.partner_bank_id.active)
            or self.invoice_payment_term_id.early_discount
            or self.invoice_cash_rounding_id
            or self.currency_id.compare_amounts(self.amount_total, 0.0) <= 0
            or "on_payment" in self.line_ids.tax_ids.mapped("tax_exigibility")
            or any(not account.active for account in self.line_ids.account_id)
            or (posted and any(self.line_ids.mapped("analytic_distribution")))
            or self._get_violated_lock_dates(self.date, True)
        )

    def _get_plain_untaxed(self):
        """Return the sum of the prices; None where they include a tax."""
        self.ensure_one()
        if any(self.invoice_line_ids.tax_ids.mapped("price_include")):
            return None
        return self.amount_untaxed

    # === INSERT === #

    def _insert_prepared(self, prepared, insert_periods):
        """Insert a prepared invoice and its lines, and return it.

        A number is held by its unique index until the end of the transaction, so
        this comes last in it.

        :param prepared: ``PreparedMove``; its invoice lines come first, in order
        :param insert_periods: called with the invoice, returns for each invoice line
            the id of its billing period
        """
        self._raise_customer_rank(prepared)
        self.env.flush_all()
        move_id, number = self._insert_with_number(prepared)
        # Copies: after a rollback the same invoice is inserted again.
        rows = [{**line.row, "move_id": move_id} for line in prepared.lines]
        if number:
            for row in rows:
                row["move_name"] = number
                row["name"] = row["name"] and row["name"].replace(NUMBER, number)
        for row, period_id in zip(
            rows, insert_periods(self.browse(move_id)), strict=False
        ):
            row["service_billing_period_id"] = period_id
        line_model = self.env["account.move.line"]
        line_ids = line_model._insert_rows(rows)
        for name in ("tax_ids", "tax_tag_ids"):
            line_model._insert_relations(
                name,
                [
                    (line_id, other_id)
                    for line_id, line in zip(line_ids, prepared.lines, strict=True)
                    for other_id in getattr(line, name)
                ],
            )
        self.env.invalidate_all(flush=False)
        return self.browse(move_id)

    @api.model
    def _insert_with_number(self, prepared):
        """Insert the row of account_move with the next number.

        :return: its id and the number, None for a draft
        """
        if not prepared.number_format:
            return self._insert_rows([prepared.row])[0], None
        counter = self._get_last_counter(prepared)
        while True:
            counter += 1
            row = prepared.with_counter(counter)
            try:
                # Another transaction may take the number while this one waits.
                with (
                    self.env.cr.savepoint(flush=False),
                    mute_logger("odoo.sql_db"),
                ):
                    return self._insert_rows([row])[0], row["name"]
            except errors.UniqueViolation:
                continue

    @api.model
    def _get_last_counter(self, prepared):
        """Return the counter of the last number of the sequence, 0 for none."""
        row = prepared.with_counter(0)
        [(counter,)] = self.env.execute_query(
            SQL(
                """
                SELECT max(sequence_number) FROM account_move
                 WHERE journal_id = %s AND sequence_prefix = %s
                """,
                row["journal_id"],
                row["sequence_prefix"],
            )
        )
        return counter or 0

    @api.model
    def _raise_customer_rank(self, prepared):
        """Note that the partners are customers, as posting does."""
        if prepared.new_customer_ids:
            # SQL: a write costs more than all the rest, and nothing depends on it. A
            # partner that another transaction is writing gets his rank next time.
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE res_partner SET customer_rank = 1
                     WHERE id IN (
                           SELECT id FROM res_partner
                            WHERE id IN %s AND COALESCE(customer_rank, 0) = 0
                              FOR NO KEY UPDATE SKIP LOCKED)
                    """,
                    tuple(prepared.new_customer_ids),
                )
            )
        known = self.env["res.partner"].browse(prepared.customer_ids)
        known._increase_rank("customer_rank")
