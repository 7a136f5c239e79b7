# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The records that the texts of a file name: one search per way of naming them."""

from collections import defaultdict

from odoo.fields import Domain
from odoo.tools import LazyTranslate

from .columns import SERIAL_SEPARATOR

_lt = LazyTranslate(__name__)

# Model of each reference column and the fields that may name its records, surest first
NAMED_BY = {
    "partner_id": ("res.partner", ("ref", "vat", "email_normalized", "name")),
    "invoice_partner_id": ("res.partner", ("ref", "vat", "email_normalized", "name")),
    "template_id": ("service.contract.template", ("code", "name")),
    "tier_id": ("service.tier", ("code", "name")),
    "sla_policy_id": ("service.sla.policy", ("name",)),
    "currency_id": ("res.currency", ("name",)),
    "pricelist_id": ("product.pricelist", ("name",)),
    "product_id": ("product.product", ("default_code", "barcode", "name")),
    "rate_card_id": ("service.rate.card", ("name",)),
}
# The same for columns that may name several
LISTED_BY = dict.fromkeys(
    ("task_included_ids", "task_excluded_ids"), ("service.task.code", ("code", "name"))
)
SITE_FIELDS = ("ref", "name")


class Lookup:
    """Replaces the references in rows by ids, for one company and with its user's
    rights."""

    def __init__(self, company):
        self.env = company.env
        self.company = company

    def resolve(self, import_rows):
        """Replace texts by ids; refuse what names no record or more than one."""
        names = self._collect_names(import_rows)
        ids = {
            model: self.find(model, fields, names[model])
            for model, fields in dict((NAMED_BY | LISTED_BY).values()).items()
        }
        for row in import_rows:
            for column, (model, _fields) in NAMED_BY.items():
                if column in row.values:
                    row.values[column] = self._only(
                        row, column, row.values[column], ids[model]
                    )
            for column, (model, _fields) in LISTED_BY.items():
                if column in row.values:
                    row.values[column] = [
                        self._only(row, column, text, ids[model])
                        for text in row.values[column]
                    ]
            if "covered_item_ids" in row.values:
                self._resolve_items(row, ids["product.product"])
        self._resolve_sites(import_rows)

    def _collect_names(self, import_rows):
        """Return the texts that rows use, by model."""
        names = defaultdict(set)
        for row in import_rows:
            for column, (model, _fields) in NAMED_BY.items():
                if column in row.values:
                    names[model].add(row.values[column])
            for column, (model, _fields) in LISTED_BY.items():
                names[model].update(row.values.get(column, ()))
            names["product.product"].update(name for name, _serial in _items(row))
        return names

    def find(self, model_name, fields, texts):
        """Return text → ids of the records it names."""
        model = self.env[model_name]
        domain = Domain.TRUE
        if "company_id" in model._fields:
            domain = Domain(model._check_company_domain(self.company))
        return self._match(model, domain, fields, texts)

    def _match(self, model, domain, fields, texts):
        """Return text → ids; a surer way of naming a record hides the others."""
        found = {}
        for name in fields:
            left = {_comparable(name, text): text for text in texts - found.keys()}
            if not left:
                continue
            named = defaultdict(model.browse)
            for record in model.search_fetch(
                domain & Domain(name, "in", list(left)), [name]
            ):
                named[_comparable(name, record[name])] |= record
            found.update(
                (left[key], _without_contacts(records).ids)
                for key, records in named.items()
                if key in left
            )
        return found

    def _only(self, row, column, text, ids):
        """Return the id of the one record that a text names, or refuse the row."""
        matches = ids.get(text, [])
        if len(matches) == 1:
            return matches[0]
        if matches:
            row.refuse(
                _lt(
                    "fits %(count)s records: %(text)s. Write the reference of the one "
                    "you mean",
                    count=len(matches),
                    text=text,
                ),
                column,
            )
        else:
            row.refuse(
                _lt(
                    "is not known in %(company)s: %(text)s. Correct it, or create it "
                    "first",
                    company=self.company.name,
                    text=text,
                ),
                column,
            )
        return None

    def _resolve_items(self, row, ids):
        """Replace the covered products of a row by [product id, serial or False]."""
        items = []
        for name, serial in _items(row):
            item = [self._only(row, "covered_item_ids", name, ids), serial]
            if item in items and item[0]:
                row.refuse(
                    _lt(
                        "says %(item)s twice: leave one out",
                        item=f"{name}{SERIAL_SEPARATOR}{serial}" if serial else name,
                    ),
                    "covered_item_ids",
                )
            items.append(item)
        row.values["covered_item_ids"] = items

    def _resolve_sites(self, import_rows):
        """Replace the sites, which are looked for at the customer of their contract."""
        customers = {}
        for row in import_rows:
            partner_id = row.values.get("partner_id")
            if partner_id:
                customers.setdefault(row.values.get("external_key"), partner_id)
        with_sites = [row for row in import_rows if "site_ids" in row.values]
        if not with_sites:
            return
        partners = self.env["res.partner"].browse(set(customers.values()))
        owners = {partner.id: partner.commercial_partner_id.id for partner in partners}
        texts = {text for row in with_sites for text in row.values["site_ids"]}
        by_owner = self._match_sites(set(owners.values()), texts)
        for row in with_sites:
            owner = owners.get(customers.get(row.values.get("external_key")))
            if not owner:
                continue  # the row is refused for its customer already
            row.values["site_ids"] = [
                self._only(row, "site_ids", text, by_owner.get(owner, {}))
                for text in row.values["site_ids"]
            ]

    def _match_sites(self, owner_ids, texts):
        """Return customer id → text → ids of its addresses."""
        by_owner = defaultdict(lambda: defaultdict(list))
        for name in SITE_FIELDS:
            found = defaultdict(lambda: defaultdict(list))
            for site in self.env["res.partner"].search_fetch(
                Domain("commercial_partner_id", "in", list(owner_ids))
                & Domain(name, "in", list(texts)),
                [name, "commercial_partner_id"],
            ):
                found[site.commercial_partner_id.id][site[name]].append(site.id)
            for owner, ids in found.items():
                by_owner[owner] = {**ids, **by_owner[owner]}
        return by_owner


def _without_contacts(records):
    """Return the company alone where it shares a VAT number or e-mail address with
    its own contacts."""
    if records._name == "res.partner":
        owner = records.commercial_partner_id
        if len(owner) == 1 and owner in records:
            return owner
    return records


def _comparable(field_name, text):
    """Return a text as the field stores it."""
    if field_name == "email_normalized":
        return text.strip().lower()
    return text


def _items(row):
    """Return the covered products of a row: text of the product, serial or False."""
    items = []
    for entry in row.values.get("covered_item_ids", []):
        product, _separator, serial = entry.partition(SERIAL_SEPARATOR)
        items.append((product.strip(), serial.strip() or False))
    return items
