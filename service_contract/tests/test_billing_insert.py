# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date
from unittest.mock import patch

from odoo.fields import Command

from .common_billing import BillingCommon

# Differ between two invoices of the same thing.
OWN = {
    "id",
    "create_date",
    "write_date",
    "write_uid",
    "access_token",
    "move_id",
    "name",
    "move_name",
    "payment_reference",
    "sequence_number",
    "invoice_origin",
    "service_billing_run_id",
    "service_contract_id",
    "service_contract_line_id",
    "service_billing_period_id",
}


class TestBillingInsert(BillingCommon):
    """Inserted invoices equal those that Odoo makes, to the field."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contracts = cls.env["service.contract"]

    def bill_both(self, **values):
        """Return the invoice of two equal contracts: made the plain way, inserted."""
        values.setdefault("invoice_posting", "post")
        lines = values.pop("lines", None) or [
            self.line_values("unlimited", 0),
            self.line_values("unlimited", 0, price_unit=7.35, discount=12.5)
            | {"quantity": 3.0},
        ]
        plain = self.make_contract([dict(line) for line in lines], **values)
        with patch.object(type(self.contracts), "_prepare_ahead", lambda *args: {}):
            self.bill("2025-01-01")
        inserted = self.make_contract([dict(line) for line in lines], **values)
        moves = type(self.env["account.move"])
        insert = moves._insert_prepared
        with patch.object(
            moves, "_insert_prepared", autospec=True, side_effect=insert
        ) as spy:
            self.bill("2025-01-01")
        self.assertTrue(spy.called, "nothing was inserted")
        return self.invoices_of(plain), self.invoices_of(inserted)

    def stored(self, record):
        """Return the stored values of a record, as far as they can be compared."""
        record.invalidate_recordset()
        return {
            name: record[name].ids if field.type.endswith("2many") else record[name]
            for name, field in record._fields.items()
            if field.store and name not in OWN and field.type != "one2many"
        }

    def assert_same(self, plain, inserted):
        self.assertEqual(len(inserted), 1)
        self.assertEqual(self.stored(plain), self.stored(inserted))
        self.assertEqual(len(plain.line_ids), len(inserted.line_ids))
        for one, other in zip(
            plain.line_ids.sorted("id"), inserted.line_ids.sorted("id"), strict=True
        ):
            self.assertEqual(self.stored(one), self.stored(other))
            if one.display_type != "product":
                self.assertEqual(
                    (one.name or "").replace(plain.name or "-", "#"),
                    (other.name or "").replace(inserted.name or "-", "#"),
                )
        if plain.state == "posted":
            self.assertEqual(
                plain.payment_reference.replace(plain.name, "#"),
                inserted.payment_reference.replace(inserted.name, "#"),
            )
            self.assertEqual(inserted.sequence_number, plain.sequence_number + 1)
            self.assertEqual(
                inserted.name.removeprefix(inserted.sequence_prefix),
                plain.name.removeprefix(plain.sequence_prefix)[:-1]
                + str(inserted.sequence_number % 10),
            )

    def test_a_posted_invoice_is_the_same(self):
        self.assert_same(*self.bill_both())

    def test_a_draft_is_the_same(self):
        self.assert_same(*self.bill_both(invoice_posting="draft"))

    def test_an_invoice_paid_in_parts_is_the_same(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Two parts",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 33.0, "nb_days": 10}
                    ),
                    Command.create(
                        {"value": "percent", "value_amount": 67.0, "nb_days": 40}
                    ),
                ],
            }
        )
        self.assert_same(*self.bill_both(payment_term_id=term.id))

    def test_an_invoice_in_another_currency_is_the_same(self):
        self.set_currency_rate(self.usd, 1.0837)
        self.assert_same(*self.bill_both(currency_id=self.usd.id))

    def test_an_invoice_with_a_fiscal_position_is_the_same(self):
        position = self.env["account.fiscal.position"].create(
            {"name": "Abroad", "company_id": self.company.id}
        )
        self.env["account.tax"].create(
            {
                "name": "Free",
                "amount": 0.0,
                "type_tax_use": "sale",
                "company_id": self.company.id,
                "tax_group_id": self.company_data[self.company]["tax"].tax_group_id.id,
                "fiscal_position_ids": [Command.set(position.ids)],
                "original_tax_ids": [
                    Command.set(self.company_data[self.company]["tax"].ids)
                ],
            }
        )
        self.assert_same(*self.bill_both(fiscal_position_id=position.id))

    def test_an_invoice_with_included_and_several_taxes_is_the_same(self):
        data = self.company_data[self.company]
        taxes = self.env["account.tax"].create(
            [
                {
                    "name": name,
                    "amount": amount,
                    "type_tax_use": "sale",
                    "price_include_override": included,
                    "include_base_amount": True,
                    "sequence": sequence,
                    "company_id": self.company.id,
                    "tax_group_id": data["tax"].tax_group_id.id,
                }
                for sequence, (name, amount, included) in enumerate(
                    (("Included", 5.0, "tax_included"), ("Added", 9.5, "tax_excluded"))
                )
            ]
        )
        self.product.taxes_id = [Command.set(taxes.ids)]
        self.assert_same(*self.bill_both())

    def test_an_invoice_for_overage_is_the_same(self):
        plain, inserted = self.bill_both(
            lines=[self.line_values(billing_timing="arrears", price_unit=33.33)],
            date_start=date(2024, 12, 1),
        )
        self.assert_same(plain, inserted)

    def test_an_invoice_is_inserted_again_after_a_rollback(self):
        contract, other = (
            self.make_contract(invoice_posting="post").sudo() for _number in range(2)
        )
        [plan, other_plan] = (contract | other)._plan_billing(date(2025, 1, 1))
        prepared = contract._prepare_billing(date(2025, 1, 1))[contract.id]
        with self.assertRaises(ZeroDivisionError), self.cr.savepoint():
            contract._bill(plan, prepared=prepared)
            raise ZeroDivisionError
        first = other._bill(other_plan)
        second = contract._bill(plan, prepared=prepared)
        term = second.line_ids.filtered(
            lambda line: line.display_type == "payment_term"
        )
        self.assertEqual(second.sequence_number, first.sequence_number + 1)
        self.assertEqual(second.payment_reference, second.name)
        self.assertEqual(term.name, second.name)

    def test_the_number_is_the_next_one_however_it_is_formed(self):
        first = self.bill_both()[1]
        first.button_draft()
        first.name = "RE-2025/000077-X"
        first._post()
        plain, inserted = self.bill_both()
        self.assertEqual(plain.name, "RE-2025/000078-X")
        self.assertEqual(inserted.name, "RE-2025/000079-X")

    def test_an_invoice_that_needs_more_is_made_the_plain_way(self):
        self.company_data[self.company]["journal"].restrict_mode_hash_table = True
        contract = self.make_contract(invoice_posting="post")
        self.bill("2025-01-01")
        self.assertTrue(self.invoices_of(contract).inalterable_hash)

    def test_the_plain_way_can_be_asked_for(self):
        contract = self.make_contract(invoice_posting="post").sudo()
        day = date(2025, 1, 1)
        self.assertTrue(contract._prepare_billing(day))
        self.env["ir.config_parameter"].set_param(
            "service_contract.plain_invoices", "1"
        )
        self.assertFalse(contract._prepare_billing(day))
        self.bill("2025-01-01")
        self.assertEqual(self.invoices_of(contract).state, "posted")

    def test_a_module_that_extends_posting_is_respected(self):
        moves = type(self.env["account.move"])
        self.env.registry.clear_cache()
        self.addCleanup(self.env.registry.clear_cache)
        with patch(
            "odoo.addons.service_contract.models.account_move_insert.KNOWN_MODULES",
            {"account"},
        ):
            self.assertFalse(moves._is_insert_safe(self.env["account.move"]))
