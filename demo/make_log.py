# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Writes the log that ``./dev demo`` plays: ``python demo/make_log.py [FOLDER]``.

Half a year of an invented service desk: a dozen customers, three support levels, some
with two contracts. The seed is fixed, so the files are always the same. What is
expected is worked out here from the log alone, without the addon and without the code
that plays the log.
"""

import csv
import gzip
import io
import json
import random
import sys
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

SEED = 20250101
ZONE = ZoneInfo("Europe/Lisbon")
FIRST_DAY = datetime(2025, 1, 1, tzinfo=ZONE)
DAYS = 181
CUSTOMERS = {
    # name: (tiers, cases a month)
    "Alder Bakery": (["Basic"], 1.0),
    "Birch Clinic": (["Premium"], 3.6),
    "Cedar Logistics": (["Plus", "Premium"], 4.2),
    "Dogwood Print": (["Basic"], 1.8),
    "Elm Street School": (["Plus"], 2.4),
    "Fir Hotels": (["Premium"], 3.0),
    "Gorse Energy": (["Plus"], 2.0),
    "Hazel Foods": (["Basic", "Plus"], 2.6),
    "Ivy Garden Centre": (["Basic"], 0.7),
    "Juniper Law": (["Plus"], 1.6),
    "Kapok Textiles": (["Basic"], 1.4),
    "Larch Shipyard": (["Premium"], 1.8),
}
TIERS = {
    "Basic": {
        "response_minutes": 480,
        "restore_minutes": 2400,
        "monthly_fee": 45,
        "cases_per_month": 1,
        "overage_price_per_case": 62.5,
    },
    "Plus": {
        "response_minutes": 240,
        "restore_minutes": 1200,
        "monthly_fee": 110,
        "cases_per_month": 2,
        "overage_price_per_case": 55.0,
        "hourly_rate": 80.0,
    },
    "Premium": {
        "response_minutes": 60,
        "restore_minutes": 480,
        "monthly_fee": 240,
        "cases_per_month": 3,
        "overage_price_per_case": 49.9,
        "hourly_rate": 90.0,
    },
}
# name: (role, pauses the clock, is a first response)
STATES = {
    "Received": ("new", False, False),
    "Being worked on": ("working", False, True),
    "Waiting for customer": ("waiting", True, False),
    "Waiting for part": ("waiting", True, False),
    "Solved": ("resolved", False, True),
    "Confirmed": ("closed", False, True),
}
TEAMS = ["First line", "Second line", "Field service"]
AGENTS = ["Agent A", "Agent B", "Agent C", "Agent D"]
PRODUCTS = ["Label printer", "Point of sale", "Router", "Server", ""]
COLUMNS = [
    "case",
    "at",
    "event",
    "state",
    "agent",
    "team",
    "customer",
    "product",
    "tier",
    "priority",
]


def make_events(rng):
    """Return the rows of the log in time order."""
    rows, number = [], 0
    for customer, (tiers, per_month) in CUSTOMERS.items():
        for _case in range(round(per_month * DAYS / 30.4)):
            number += 1
            rows += make_case(rng, f"C-{number:04}", customer, rng.choice(tiers))
    return sorted(rows, key=lambda row: (row["at"], row["case"]))


def make_case(rng, case, customer, tier):
    """Return the rows of one case: opened, worked on, perhaps paused or reopened."""
    at = FIRST_DAY + timedelta(
        days=rng.randrange(DAYS), seconds=rng.triangular(0, 86399, 39600)
    )
    facts = {
        "case": case,
        "agent": rng.choice(AGENTS),
        "team": rng.choices(TEAMS, [6, 3, 1])[0],
        "customer": customer,
        "product": rng.choice(PRODUCTS),
        "tier": tier,
        "priority": rng.choices("0123", [2, 6, 3, 1])[0],
    }
    states = ["Received", "Being worked on"]
    if rng.random() < 0.3:
        states += [rng.choice(["Waiting for customer", "Waiting for part"]), states[1]]
    states.append("Solved")
    if rng.random() < 0.08:
        states += ["Being worked on", "Solved"]
    if rng.random() < 0.8:
        states.append("Confirmed")
    rows = []
    for state in states:
        rows.append(
            {
                **facts,
                "at": at.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "event": "state" if rows else "open",
                "state": state,
            }
        )
        at += timedelta(seconds=rng.expovariate(1 / 30000))
        if rng.random() < 0.1:
            facts["team"] = rng.choice(TEAMS)
    return rows


def make_profile():
    """Return the profile: what the states mean and what the levels promise."""
    hours = [["09:00", "13:00"], ["14:00", "18:00"]]
    return {
        "name": "demo",
        "timezone": ZONE.key,
        "calendar": {
            "timezone": ZONE.key,
            "weekly": {day: hours for day in ("mon", "tue", "wed", "thu", "fri")},
            "holidays": [],
            "yearly_holidays": ["01-01", "04-25", "05-01", "06-10"],
        },
        "states": {
            name: {"role": role, "pauses": pauses, "first_response": response}
            for name, (role, pauses, response) in STATES.items()
        },
        "sla": {
            "response_pauses": False,
            "reopen": "resume",
            "closed_gap": "not counted",
        },
        "tiers": TIERS,
        "contract": "one contract per customer and tier, from the first of the month "
        "of its first case to the last day of the month of its last case; "
        "cases_per_month each calendar month, no rollover; monthly_fee in advance; a "
        "case above the allotment billed at overage_price_per_case in arrears",
    }


def evaluate(rows):
    """Return what the log must come to, in totals and for each contract."""
    months = {}
    for row in rows:
        if row["event"] == "open":
            at = datetime.strptime(row["at"], "%Y-%m-%dT%H:%M:%SZ")
            local = at.replace(tzinfo=timezone.utc).astimezone(ZONE)
            key = row["customer"], row["tier"]
            months.setdefault(key, Counter())[local.year * 12 + local.month - 1] += 1
    contracts = []
    for (customer, tier), cases in sorted(months.items()):
        terms, first = TIERS[tier], min(cases)
        length = max(cases) - first + 1
        covered = sum(min(n, terms["cases_per_month"]) for n in cases.values())
        overage = cases.total() - covered
        contracts.append(
            {
                "customer": customer,
                "tier": tier,
                "start": f"{first // 12}-{first % 12 + 1:02}-01",
                "months": length,
                "cases": cases.total(),
                "covered": covered,
                "overage": overage,
                "recurring": terms["monthly_fee"] * length,
                "overage_amount": terms["overage_price_per_case"] * overage,
            }
        )
    return {"totals": sum_up(rows, contracts), "contracts": contracts}


def sum_up(rows, contracts):
    def total(key):
        return sum(contract[key] for contract in contracts)

    return {
        "cases": len({row["case"] for row in rows}),
        "events": len(rows),
        "billing_contracts": len(contracts),
        "billing_months": total("months"),
        "billing_covered": total("covered"),
        "billing_overage": total("overage"),
        "billing_recurring_cents": round(total("recurring") * 100),
        "billing_overage_cents": round(total("overage_amount") * 100),
    }


def pack(text):
    """Return a packed file that is the same on each run."""
    return gzip.compress(text.encode(), mtime=0)


def main(folder):
    rows = make_events(random.Random(SEED))
    table = io.StringIO()
    writer = csv.DictWriter(table, COLUMNS, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "events.csv.gz").write_bytes(pack(table.getvalue()))
    profile = json.dumps(make_profile(), indent=1)
    (folder / "profile.json").write_text(profile + "\n", encoding="utf-8")
    (folder / "expected.json.gz").write_bytes(pack(json.dumps(evaluate(rows))))


if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else here / "log")
