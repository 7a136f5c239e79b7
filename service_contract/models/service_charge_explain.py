# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import models

from ..const import COVERAGE_OF_UNIT
from ..engine.explanation import FAILED
from ..tools import format_units


class ServiceCharge(models.Model):
    """The rules behind a charge in the reader's language."""

    _inherit = "service.charge"

    def _get_explanation(self):
        """Return pairs of a rule in words and whether it was met, in order."""
        self.ensure_one()
        return [
            (self._explain(rule), rule["code"] not in FAILED)
            for rule in self.explanation or []
        ]

    def _explain(self, rule):
        """Return one rule of the explanation in the reader's language."""
        texts = (
            self._get_allotment_texts(rule)
            | self._get_price_texts(rule)
            | self._get_decision_texts()
        )
        return texts[rule["code"]]

    def _get_allotment_texts(self, rule):
        """Return what may be said about the allotment, by code of the rule."""
        coverage = COVERAGE_OF_UNIT.get(
            rule.get("unit"), self.contract_line_id.coverage_type
        )
        drawn, left = (
            format_units(
                self.env, rule.get(name, 0), coverage, self.currency_id, unit=True
            )
            for name in ("drawn", "left")
        )
        return {
            "included": self.env._("The line includes this without counting it."),
            "drawn": self.env._(
                "%(drawn)s drawn from the allotment, %(left)s left.",
                drawn=drawn,
                left=left,
            ),
            "planned": self.env._(
                "%(drawn)s of it were reserved by a planned visit.", drawn=drawn
            ),
            "multiplied": self.env._(
                "This line counts work at %(percent)s %% of its time.",
                percent=rule.get("percent"),
            ),
            "overdrawn": self.env._(
                "The allotment is used up; the line lets it go below zero."
            ),
            "used_up": self.env._("The allotment valid at that time is used up."),
            "not_included": self.env._("The allotment does not include this."),
            "at_rates": self.env._("The line bills this by its rates."),
            "lot_valid": self.env._("An allotment was valid at that time."),
            "no_lot": self.env._("No allotment was valid at that time."),
            "over_quota": self.env._("The quota of this site is used up."),
            "courtesy": self.env._(
                "%(drawn)s taken from a courtesy credit, %(left)s left.",
                drawn=drawn,
                left=left,
            ),
        }

    def _get_price_texts(self, rule):
        """Return what may be said about the price, by code of the rule."""
        coverage = COVERAGE_OF_UNIT[self.unit]
        quantity, charged = (
            format_units(
                self.env, rule.get(name, 0), coverage, self.currency_id, unit=True
            )
            for name in ("quantity", "charged")
        )
        price_sudo = self.rate_rule_id.sudo()  # who sees a charge sees its price
        return {
            "price": self.env._(
                "Price of the rate card: %(price)s.",
                price=price_sudo.display_name or "",
            ),
            "modifier": self._get_modifier_text(rule),
            "rounded": self.env._(
                "%(quantity)s count as %(charged)s.", quantity=quantity, charged=charged
            ),
            "quoted": self.env._("The customer agreed to this price."),
            "beyond_quote": self.env._("This is more than the customer agreed to."),
            "no_price": self.env._("No rate card has a price for this."),
            "billed": self.env._("Overage is billed at the line's overage price."),
            "billed_at_rate": self.env._("It is billed at this price."),
        }

    def _get_modifier_text(self, rule):
        """Return how a modifier changed the price; it may be gone by now."""
        modifier_model = self.env["service.rate.modifier"].sudo()  # as the price
        modifier = modifier_model.browse(rule.get("modifier", ())).exists()
        values = {
            "name": modifier.name or rule.get("name"),
            "percent": rule.get("percent"),
        }
        if rule.get("surcharge"):
            return self.env._(
                "%(name)s: %(percent)s %% of the price, and a surcharge.", **values
            )
        return self.env._("%(name)s: %(percent)s %% of the price.", **values)

    def _get_decision_texts(self):
        """Return what may be said about decisions, by code of the rule."""
        return {
            "counts": self.env._("Nobody decided that this draws nothing."),
            "charged_task": self.env._("The task is one that is charged."),
            "agreed": self.env._("The contract was agreed."),
            "within": self.env._("It was delivered within the dates of the line."),
            "all_tasks": self.env._("The line does not leave this task out."),
            "not_agreed": self.env._("The contract was not agreed yet."),
            "outside": self.env._("It was delivered outside the dates of the line."),
            "in_scope": self.env._("The task is in the scope of the line."),
            "excluded_task": self.env._("The line excludes this task."),
            "task_not_included": self.env._("The line does not include this task."),
            "warranty": self.env._("The warranty covers this."),
            "not_in_warranty": self.env._(
                "The warranty takes the contract's place and does not cover this."
            ),
            "awaiting_quote": self.env._("The customer has not agreed to it yet."),
            "asks": self.env._("Somebody decides whether it is billed."),
            "exempt": self.env._("Somebody decided that this draws nothing."),
            "decided": self.env._("Somebody decided this."),
            "refused": self.env._("Somebody refused to charge this."),
            "never_charged": self.env._("This task is never charged."),
            "reversal": self.env._("Takes back an earlier charge."),
        }
