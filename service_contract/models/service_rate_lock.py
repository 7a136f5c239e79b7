# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError

# Terms of a card that hold once a customer has agreed to it.
CARD_TERMS = {
    "calendar_id",
    "combination",
    "company_id",
    "currency_id",
    "draws_rounded",
}
# What may be said of an agreed modifier at any time.
MODIFIER_UNLOCKED = {"date_to", "name", "sequence"}


class ServiceRateCard(models.Model):
    """What of a card may change once customers have agreed to it.

    A price is ended and followed by another (``service.rate.change``), so that what
    was rated can be understood later.
    """

    _inherit = "service.rate.card"

    contract_count = fields.Integer(compute="_compute_contract_count")
    is_agreed = fields.Boolean(
        compute="_compute_is_agreed",
        help="A contract that is not a draft has this card.",
    )

    # === COMPUTE METHODS === #

    def _compute_contract_count(self):
        contracts = self.env["service.contract"]
        for card in self:
            card.contract_count = contracts.search_count(card._get_contract_domain())

    def _compute_is_agreed(self):
        agreed = self._get_agreed()
        for card in self:
            card.is_agreed = card._origin in agreed

    # === CRUD METHODS === #

    def write(self, vals):
        terms = vals.keys() & CARD_TERMS
        if terms:
            changed = self.filtered(
                lambda card: any(
                    card._fields[name].convert_to_write(card[name], card) != vals[name]
                    for name in terms
                )
            )
            for card in changed._get_agreed():
                raise UserError(
                    self.env._(
                        "%(card)s is on an agreed contract, so these stay: %(fields)s. "
                        "Copy the card for new contracts.",
                        card=card.name,
                        fields=", ".join(
                            self._fields[name]._description_string(self.env)
                            for name in sorted(terms)
                        ),
                    )
                )
        return super().write(vals)

    # === ACTIONS === #

    def action_view_contracts(self):
        """Open the contracts that name this card, themselves or on a line."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "service_contract.service_contract_action"
        )
        action["domain"] = self._get_contract_domain()
        action["context"] = {}
        return action

    # === BUSINESS METHODS === #

    def _get_contract_domain(self):
        return [
            "|",
            ("rate_card_id", "in", self.ids),
            ("line_ids.rate_card_id", "in", self.ids),
        ]

    def _get_agreed(self):
        """Return those of the cards that are part of an agreement."""
        agreed = set()
        for model, is_agreed in (
            ("service.contract", [("confirmed_at", "!=", False)]),
            ("service.contract.line", [("contract_id.confirmed_at", "!=", False)]),
        ):
            groups = (
                self.env[model]
                .sudo()  # contracts of other companies count as well
                .with_context(active_test=False)
                ._read_group(
                    [("rate_card_id", "in", self.ids), *is_agreed], ["rate_card_id"]
                )
            )
            agreed.update(card.id for (card,) in groups)
        return self.browse(id_ for id_ in self.ids if id_ in agreed)


class ServiceRateRule(models.Model):
    _inherit = "service.rate.rule"

    is_locked = fields.Boolean(
        compute="_compute_is_locked",
        help="The price was used or agreed, so it can only be ended.",
    )

    # === COMPUTE METHODS === #

    @api.depends("card_id", "date_from")
    def _compute_is_locked(self):
        locked = self._origin._get_locked()
        for rule in self:
            rule.is_locked = rule._origin in locked

    # === CRUD METHODS === #

    def write(self, vals):
        locked = self._get_locked() if vals else self
        if locked and vals.keys() - {"date_to"}:
            locked[0]._refuse_change()
        if "date_to" in vals:
            locked._check_end(fields.Date.to_date(vals["date_to"]))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_locked(self):
        for rule in self._get_locked():
            rule._refuse_change()

    # === BUSINESS METHODS === #

    def _get_locked(self):
        """Return those of the rules whose price was used or agreed."""
        today = self._get_today()
        used = self._get_used()
        begun = self.filtered(
            lambda rule: not rule.date_from or rule.date_from <= today
        )
        agreed = begun.card_id._get_agreed()
        return used | begun.filtered(lambda rule: rule.card_id in agreed)

    def _get_used(self):
        """Return those of the rules that a charge was priced by."""
        charges_sudo = self.env["service.charge"].sudo()  # of other companies too
        groups = charges_sudo._read_group(
            [("rate_rule_id", "in", self.ids)], ["rate_rule_id"]
        )
        return self.browse(rule.id for (rule,) in groups)

    def _check_end(self, day):
        """Refuse to end agreed prices in the past: what was done has its price."""
        today = self._get_today()
        for rule in self:
            is_earlier = day and (not rule.date_to or day < rule.date_to)
            if is_earlier and day < today:
                raise UserError(
                    self.env._(
                        "%(price)s: work was done at this price already, so it can end "
                        "today at the earliest.",
                        price=rule.display_name,
                    )
                )

    def _refuse_change(self):
        raise UserError(
            self.env._(
                "%(price)s was used or agreed, so it stays. Let it end, and another "
                "one follow: New Prices From.",
                price=self.display_name,
            )
        )

    def _get_today(self):
        now = self.env["service.contract"]._service_now()
        return fields.Date.context_today(self, now)


class ServiceRateModifier(models.Model):
    _inherit = "service.rate.modifier"

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        modifiers = super().create(vals_list)
        for modifier in modifiers._get_locked():
            raise UserError(
                self.env._(
                    "%(card)s is on an agreed contract, so %(modifier)s can't change "
                    "prices of today or earlier. Write a later day under From.",
                    card=modifier.card_id.name,
                    modifier=modifier.name,
                )
            )
        return modifiers

    def write(self, vals):
        if vals.keys() - MODIFIER_UNLOCKED:
            self._refuse_locked()
        if vals.get("date_to"):
            today = self.env["service.rate.rule"]._get_today()
            if fields.Date.to_date(vals["date_to"]) < today:
                self._refuse_locked()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_locked(self):
        self._refuse_locked()

    # === BUSINESS METHODS === #

    def _get_locked(self):
        """Return those of the modifiers that are part of an agreement and in force."""
        today = self.env["service.rate.rule"]._get_today()
        begun = self.filtered(
            lambda modifier: not modifier.date_from or modifier.date_from <= today
        )
        agreed = begun.card_id._get_agreed()
        return begun.filtered(lambda modifier: modifier.card_id in agreed)

    def _refuse_locked(self):
        for modifier in self._get_locked():
            raise UserError(
                self.env._(
                    "%(modifier)s of %(card)s is agreed with customers, so it stays. "
                    "Let it end today or later, and another one follow.",
                    modifier=modifier.name,
                    card=modifier.card_id.name,
                )
            )
