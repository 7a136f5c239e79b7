# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Comparing the results with what an independent evaluator expects, exactly."""

from pathlib import Path

from .cases import CASE_KEYS
from .profile import read_json
from .results import to_cents

# Keys of a contract that are amounts: compared to the cent.
AMOUNTS = ("recurring", "overage_amount")
CONTRACT_KEYS = ("start", "months", "cases", "covered", "overage", *AMOUNTS)


def read_expected(path) -> dict:
    """Read ``expected.json(.gz)``: totals, contracts and cases, or some of these.

    :raises ValueError: naming the file, when it can't be read
    """
    expected = read_json(Path(path))
    kinds = {"totals": dict, "contracts": list, "cases": dict}
    wrong = [
        key
        for key, kind in kinds.items()
        if type(expected.get(key, kind())) is not kind
    ]
    if wrong:
        raise ValueError(
            f"{path}: {', '.join(wrong)}: another kind of value is expected"
        )
    if not all(
        {"customer", "tier"} <= set(one) for one in expected.get("contracts", ())
    ):
        raise ValueError(f"{path}: a contract without customer or tier")
    return expected


def compare(expected, results, customers=None) -> tuple[list[str], list[str]]:
    """Compare totals and every contract.

    :param expected: see ``read_expected``
    :param results: see ``results``
    :param customers: names of the customers that were played; None for all of them.
        The totals are compared only if all were played.
    :return: the differences, and the keys of the totals that were not compared
    """
    differences = []
    if "contracts" in expected:
        differences += _compare_contracts(expected["contracts"], results, customers)
    totals = expected.get("totals", {})
    if customers is not None:
        return differences, list(totals)
    differences += [
        f"total {name}: expected {totals[name]}, found {found_value}"
        for name, found_value in results.totals.items()
        if name in totals and totals[name] != found_value
    ]
    return differences, [name for name in totals if name not in results.totals]


def compare_cases(expected, results, names, otherwise) -> list[str]:
    """Compare every case, to the second.

    :param expected: see ``read_expected``; nothing is compared without its cases
    :param names: of the cases that were played
    :param otherwise: key that a case is read otherwise in, and the rule, by its name
    :return: the differences
    """
    wanted = expected.get("cases") or {}
    if not wanted:
        return []
    differences = []
    for name in sorted(names | results.cases.keys()):
        one, other = wanted.get(name), results.cases.get(name)
        if one is None or other is None:
            differences.append(f"{name}: {'missing' if one else 'not expected'}")
            continue
        known, _rule = otherwise.get(name, (None, None))
        differences += [
            f"{name}: {key}: expected {one[key]}, found {other[key]}"
            for key in CASE_KEYS
            if key in one and one[key] != other[key] and key != known
        ]
    return differences


def _compare_contracts(contracts, results, customers):
    wanted = {
        (contract["customer"], contract["tier"]): contract
        for contract in contracts
        if customers is None or contract["customer"] in customers
    }
    found = {
        (contract["customer"], contract["tier"]): contract
        for contract in results.contracts
    }
    return [
        difference
        for key in sorted(wanted.keys() | found.keys())
        for difference in _compare_contract(key, wanted.get(key), found.get(key))
    ]


def _compare_contract(key, wanted, found):
    name = " / ".join(key)
    if found is None:
        return [f"{name}: missing"]
    if wanted is None:
        return [f"{name}: not expected"]
    return [
        f"{name}: {column}: expected {wanted[column]}, found {found[column]}"
        for column in CONTRACT_KEYS
        if column in wanted and _differ(column, wanted[column], found[column])
    ]


def _differ(column, wanted, found):
    if column in AMOUNTS:
        return to_cents(wanted) != to_cents(found)
    return wanted != found
