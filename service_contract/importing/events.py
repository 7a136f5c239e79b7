# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""One reported event into typed facts, or a refusal that says what to write instead.

Quantities are decimals and become whole base units exactly or not at all; instants
have an offset or a named zone. What an event says is told by its fingerprint: the
same facts, however they are written, have the same one.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from hashlib import sha256
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from odoo.tools import LazyTranslate

from ..const import (
    BASE_PER_SHOWN,
    MAX_DELIVERED,
    MAX_TIMED_HOURS,
    SECONDS_PER_HOUR,
)
from .refusal import Refusal
from .values import FIRST_DAY, check_readable, is_empty, shown

_lt = LazyTranslate(__name__)

# By the name in an event: the unit of usages and how many of its base units one is. An
# amount is counted in the minor units of its currency, which the event does not know.
UNITS = {
    "case": ("case", 1),
    "visit": ("visit", 1),
    "hour": ("second", BASE_PER_SHOWN["second"]),
    "minute": ("second", 60),
    "second": ("second", 1),
    "piece": ("piece", BASE_PER_SHOWN["piece"]),
    "km": ("metre", BASE_PER_SHOWN["metre"]),
    "amount": ("minor", None),
}
# What has to be whole, where it is not the unit itself.
_WHOLE = {"minor": "cents", "piece": "thousandths", "metre": "metres"}
MAX_KEY, MAX_DESCRIPTION, MAX_EVIDENCE = 255, 1000, 2000
MAX_QUANTITY = Decimal(MAX_DELIVERED)
# A device whose clock is ahead is believed this much.
MAX_AHEAD = timedelta(days=1)
FIRST_INSTANT = datetime(FIRST_DAY.year, 1, 1)

_QUANTITY = re.compile(r"[+-]?\d{1,12}(\.\d{1,12})?", re.ASCII)
_INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d)?(?:[.,]\d{1,9})?(Z|[+-]\d\d:?\d\d)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What names a contract line: one of these, or several that agree."""

    contract: str | None = None
    contract_key: str | None = None
    line_id: int | None = None
    ticket: str | None = None

    @property
    def is_by_ticket(self) -> bool:
        """Whether only the ticket says what it is charged to."""
        return bool(self.ticket) and not (
            self.contract or self.contract_key or self.line_id
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Place):
    """What was delivered, as somebody reports it.

    :param unit: of usages, see ``const.UNITS``
    :param quantity: in base units; of an amount, in its currency
    :param event_at: naive UTC, as is ``ended_at``
    """

    external_key: str
    unit: str
    quantity: Decimal
    event_at: datetime
    ended_at: datetime | None = None
    task_code: str | None = None
    employee_id: int | None = None
    visit_key: str | None = None
    description: str | None = None
    evidence: str | None = None

    def get_payload(self):
        """Return what the event says, key apart, in one way of writing it."""
        payload = {
            "unit": self.unit,
            "quantity": format(self.quantity.normalize(), "f"),
            "event_at": write_instant(self.event_at),
            "ended_at": write_instant(self.ended_at),
        }
        for name in _AS_SENT:
            payload[name] = getattr(self, name)
        return {name: value for name, value in payload.items() if value is not None}

    def get_base_quantity(self, decimal_places):
        """Return the quantity in whole base units.

        :param decimal_places: of the currency, for an amount
        """
        if self.unit != "minor":
            return int(self.quantity)
        return _whole(self.quantity, 10**decimal_places, "minor")


def fingerprint(payload):
    """Return the hash of what an event says."""
    text = json.dumps(payload, sort_keys=True, ensure_ascii=True)
    return sha256(text.encode()).hexdigest()


def read_event(given, now):
    """Return an event.

    :param given: dict as it was sent: names as of ``Event``, texts and numbers
    :param now: naive UTC
    :raises Refusal: with the name of the field in ``column``
    """
    if not isinstance(given, dict):
        raise Refusal(_lt("is not an object with the facts of one event"), column="-")
    unknown = given.keys() - _READERS.keys() - {"unit", "quantity", "tz"}
    if unknown:
        raise Refusal(
            _lt(
                "is not known: leave it out, or write one of: %(known)s",
                known=", ".join([*_READERS, "unit", "quantity", "tz"]),
            ),
            column=shown(min(map(str, unknown))),
        )
    zone = _read("tz", given, _to_zone)
    facts = {
        name: _read(name, given, reader, zone=zone, now=now)
        for name, reader in _READERS.items()
    }
    _check_place(facts)
    facts["unit"], scale = _read("unit", given, _to_unit)
    facts["quantity"] = _read("quantity", given, _to_quantity)
    if scale:
        facts["quantity"] = Decimal(_whole(facts["quantity"], scale, facts["unit"]))
    if facts["ended_at"] and facts["ended_at"] < facts["event_at"]:
        raise Refusal(_lt("is before the event begins"), column="ended_at")
    _check_timed(facts)
    return Event(**facts)


def _check_timed(facts):
    """Refuse work that does not fit between its beginning and its end."""
    if not facts["ended_at"] or facts["unit"] != "second":
        return
    if facts["quantity"] > MAX_TIMED_HOURS * SECONDS_PER_HOUR:
        raise Refusal(
            _lt(
                "is more than %(limit)s hours: report parts of it, or leave out "
                "ended_at",
                limit=MAX_TIMED_HOURS,
            ),
            column="quantity",
        )
    # A break makes it less. More is a slip, or the work of several people.
    span = (facts["ended_at"] - facts["event_at"]) // timedelta(seconds=1)
    if facts["quantity"] > span:
        raise Refusal(
            _lt(
                "is %(quantity)s seconds, but from event_at to ended_at it is %(span)s "
                "seconds: correct one of them, report the time of each person for "
                "itself, or leave out ended_at",
                quantity=int(facts["quantity"]),
                span=span,
            ),
            column="quantity",
        )


def read_place(given):
    """Return what names a contract line.

    :param given: dict as it was sent: names as of ``Place``
    :raises Refusal: with the name of the field in ``column``
    """
    facts = {name: _read(name, given, _READERS[name]) for name in _PLACES}
    _check_place(facts)
    return Place(**facts)


def _check_place(facts):
    if not any(facts[name] for name in _PLACES):
        raise Refusal(
            _lt(
                "is missing: name the contract, its external key, the contract line or "
                "the ticket"
            ),
            column="contract",
        )


def _read(name, given, reader, **options):
    """Return one typed value; None where it may be left out."""
    value = given.get(name)
    try:
        if is_empty(value):
            if name in _REQUIRED:
                raise Refusal(_lt("is missing"))
            return None
        check_readable(value)
        return reader(value, **options)
    except Refusal as refusal:
        raise Refusal(refusal.message, column=name) from None


def write_instant(instant):
    """Return a naive UTC instant as the answers write it; None for none."""
    return f"{instant.isoformat(timespec='seconds')}Z" if instant else None


def write_quantity(unit, quantity, decimal_places):
    """Return the unit and an exact text of base units, both as events write them.

    :param decimal_places: of the currency, for an amount
    """
    if unit == "minor":
        return "amount", format(Decimal(quantity).scaleb(-decimal_places), "f")
    if unit in ("piece", "metre"):
        shown_unit = "km" if unit == "metre" else unit
        return shown_unit, format(Decimal(quantity).scaleb(-3), "f")
    return unit, str(quantity)


# === ONE VALUE === #


def _to_text(limit):
    def reader(value, **_options):
        if not isinstance(value, str):
            raise Refusal(_lt("is not a text: write it between quotation marks"))
        text = value.strip()
        if len(text) > limit:
            raise Refusal(
                _lt(
                    "is %(length)s characters long: shorten it to %(limit)s at most",
                    length=len(text),
                    limit=limit,
                )
            )
        return text

    return reader


def _to_id(value, **_options):
    if type(value) is not int or not 0 < value < 2**31:
        raise Refusal(_lt("is not an id: write a whole number"))
    return value


def _to_zone(value):
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError, AttributeError):
        raise Refusal(
            _lt(
                "is not a time zone: %(value)s. Write it as in Europe/Rome",
                value=shown(value),
            )
        ) from None


def _to_unit(value):
    if not isinstance(value, str) or value not in UNITS:
        raise Refusal(
            _lt(
                "is not known: %(value)s. Write one of: %(allowed)s",
                value=shown(value),
                allowed=", ".join(UNITS),
            )
        )
    return UNITS[value]


def _to_quantity(value):
    if isinstance(value, str) and _QUANTITY.fullmatch(value.strip()):
        number = Decimal(value.strip())
    elif isinstance(value, int | float) and not isinstance(value, bool):
        # The shortest decimal that is this float: 0.1 is a tenth.
        number = Decimal(value if isinstance(value, int) else repr(value))
    else:
        raise Refusal(
            _lt(
                "is not a number: %(value)s. Write it with a dot and without thousands "
                "marks",
                value=shown(value),
            )
        )
    if not number.is_finite() or not 0 < number <= MAX_QUANTITY:
        raise Refusal(
            _lt(
                "is out of range: write a number above 0 and up to %(limit)s",
                limit=MAX_QUANTITY,
            )
        )
    return number


def _whole(number, scale, unit):
    """Return a number times a scale, which must be whole."""
    product = number * scale
    if product != product.to_integral_value():
        raise Refusal(
            _lt(
                "is %(value)s, which is no whole number of %(units)s: round it",
                value=number,
                units=_WHOLE.get(unit, f"{unit}s"),
            ),
            column="quantity",
        )
    return int(product)


def _to_instant(value, zone, now):
    match = isinstance(value, str) and _INSTANT.fullmatch(value.strip())
    if not match:
        raise _not_an_instant(value)
    day, minute, second, offset = match.groups()
    offset = (offset or "").replace("Z", "+00:00")
    if offset and ":" not in offset:
        offset = f"{offset[:3]}:{offset[3:]}"  # Python 3.10 reads no +0200
    try:
        moment = datetime.fromisoformat(f"{day}T{minute}{second or ':00'}{offset}")
        if moment.tzinfo is None:
            moment = _localize(moment, zone, value)
        instant = moment.astimezone(timezone.utc).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise _not_an_instant(value) from None
    if not FIRST_INSTANT <= instant <= now + MAX_AHEAD:
        raise Refusal(
            _lt(
                "is not between %(first)s and now (%(value)s)",
                first=FIRST_INSTANT.year,
                value=shown(value),
            )
        )
    return instant


def _localize(moment, zone, value):
    """Return an instant of a zone's clock, if the clock shows it once."""
    if zone is None:
        raise Refusal(
            _lt(
                "has no offset (%(value)s): write it as 2026-04-03T14:30:00+02:00, or "
                "name the time zone in tz",
                value=shown(value),
            )
        )
    early, late = (moment.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if early.utcoffset() != late.utcoffset():
        raise Refusal(
            _lt(
                "is in the hour in which the clocks of %(zone)s change (%(value)s): "
                "write it with its offset",
                zone=zone.key,
                value=shown(value),
            )
        )
    return early


def _not_an_instant(value):
    return Refusal(
        _lt(
            "is not an instant (%(value)s): write it as 2026-04-03T14:30:00+02:00",
            value=shown(value),
        )
    )


_PLACES = ("contract", "contract_key", "line_id", "ticket")
_AS_SENT = (
    *_PLACES,
    "task_code",
    "employee_id",
    "visit_key",
    "description",
    "evidence",
)
_REQUIRED = {"external_key", "event_at", "unit", "quantity"}
_READERS = {
    "external_key": _to_text(MAX_KEY),
    "contract": _to_text(MAX_KEY),
    "contract_key": _to_text(MAX_KEY),
    "line_id": _to_id,
    "ticket": _to_text(MAX_KEY),
    "event_at": _to_instant,
    "ended_at": _to_instant,
    "task_code": _to_text(MAX_KEY),
    "employee_id": _to_id,
    "visit_key": _to_text(MAX_KEY),
    "description": _to_text(MAX_DESCRIPTION),
    "evidence": _to_text(MAX_EVIDENCE),
}
