# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Does a message answer the customer?

Only a person's public answer or a logged call does. What a machine sends is no answer,
whoever it sends it for, and an internal note reaches nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

MAIL, PORTAL, WEB, CALL, API = CHANNELS = ("mail", "portal", "web", "call", "api")
AGENT, CUSTOMER, OTHER, SYSTEM = AUTHORS = ("agent", "customer", "other", "system")
PUBLIC, INTERNAL = VISIBILITIES = ("public", "internal")
AUTO_REPLY, OUT_OF_OFFICE, MASS_MAIL, TEMPLATE = AUTOMATICS = (
    "auto_reply",
    "out_of_office",
    "mass_mail",
    "template",
)

# Precedence of mails that were sent to many, or by a machine.
_PRECEDENCES = {
    "bulk": MASS_MAIL,
    "list": MASS_MAIL,
    "junk": AUTO_REPLY,
    "auto_reply": AUTO_REPLY,
}
# Headers whose mere presence tells who sent the mail.
_MARKS = {
    "x-autoreply": AUTO_REPLY,
    "x-autorespond": AUTO_REPLY,
    "x-auto-reply-from": AUTO_REPLY,
    "x-mail-autoreply": AUTO_REPLY,
    "list-id": MASS_MAIL,
    "list-unsubscribe": MASS_MAIL,
    "feedback-id": MASS_MAIL,
}


class Judgement(NamedTuple):
    """What a message is to the clocks.

    :param counts: it is a first response, and an answer to what the customer wrote
    :param kind: answer, call, customer, note or reply_auto, as ``service.sla.event``
    :param why: code of the reason
    """

    counts: bool
    kind: str
    why: str


def judge(channel: str, author: str, visibility: str, automatic: str = "") -> Judgement:
    """Tell whether a message answers the customer, what it is, and why.

    :param channel: mail, portal, web (client), call (log of a phone call) or api
    :param author: agent (internal user), customer (or their company), other partner
        or system
    :param visibility: public, or internal note
    :param automatic: empty when a person wrote it; else auto_reply, out_of_office,
        mass_mail or template (notification of a change)
    :raises ValueError: none of these words
    """
    if (
        channel not in CHANNELS
        or author not in AUTHORS
        or visibility not in VISIBILITIES
        or (automatic and automatic not in AUTOMATICS)
    ):
        words = (channel, author, visibility, automatic)
        raise ValueError(f"Not a message: {words!r}")
    if automatic:
        return Judgement(False, "reply_auto", automatic)
    if author == SYSTEM:
        return Judgement(False, "reply_auto", "system")
    if author == AGENT and channel == CALL:
        # Nobody reads the log of a call, but the customer was spoken to.
        return Judgement(True, "call", "call")
    if visibility == INTERNAL:
        return Judgement(False, "note", "internal_note")
    if author == AGENT:
        return Judgement(True, "answer", "public_answer")
    if author == CUSTOMER:
        return Judgement(False, "customer", "customer_message")
    return Judgement(False, "note", "other_person")


def detect_automatic(headers: Mapping[str, str]) -> str:
    """Tell by a mail's headers whether a machine sent it.

    Auto-Submitted is RFC 3834; the others are those in use before it and beside it.

    :param headers: names in any case
    :return: one of ``AUTOMATICS``, empty for a person
    """
    values = {name.lower(): str(value).strip() for name, value in headers.items()}
    submitted = values.get("auto-submitted", "no").lower().split(";")[0].strip()
    if submitted not in ("", "no"):
        return AUTO_REPLY if submitted == "auto-replied" else TEMPLATE
    suppressed = values.get("x-auto-response-suppress", "").lower()
    if "oof" in suppressed or suppressed == "all":
        return OUT_OF_OFFICE
    if values.get("return-path") == "<>":
        return AUTO_REPLY
    precedence = _PRECEDENCES.get(values.get("precedence", "").lower())
    if precedence:
        return precedence
    return next((kind for mark, kind in _MARKS.items() if mark in values), "")
