"""What a repetition does, and what prevents it, for each kind of effect and write."""

from __future__ import annotations

from msgspec import Struct


class Wording(Struct, frozen=True):
    """`again` is the harm, `unchecked` what nobody asks first, `cure` what to write, `which` whom to ask."""

    again: str
    unchecked: str
    cure: str
    which: str


_SENT = "Which field or key records that it was sent for this input?"

WORDINGS: dict[str, Wording] = {
    "email": Wording(
        "sends the e-mail again",
        "nothing checks whether it was sent",
        "Keep a sent flag or timestamp on the row: lock the row, leave when it is set, send, then save it.",
        _SENT,
    ),
    "sms": Wording(
        "sends the text message again",
        "nothing checks whether it was sent",
        "Keep a sent flag or timestamp on the row: lock the row, leave when it is set, send, then save it.",
        _SENT,
    ),
    "push": Wording(
        "pushes the notification again",
        "nothing checks whether it was sent",
        "Keep a sent flag on the row and test it first; a collapse key (`collapse_key` for FCM, "
        "`apns-collapse-id` for APNs) made from the job's input replaces the earlier notification.",
        _SENT,
    ),
    "chat": Wording(
        "posts the message again",
        "nothing checks whether it was posted",
        "Store the id that the first post returns (Slack's `ts`), test it first, and update that "
        "message instead.",
        _SENT,
    ),
    "http": Wording(
        "makes the call again",
        "nothing checks whether it was made",
        "Send an idempotency key made from the job's input (the `Idempotency-Key` header where the "
        "service reads "
        "it), use PUT on an address of your choosing, or store the answer and test for it first.",
        "Does the service drop a repeated key, or which field records that the call was made?",
    ),
    "webhook": Wording(
        "delivers the webhook again",
        "nothing checks whether it was delivered",
        "Send a delivery id made from the job's input, the same on every attempt, and record the "
        "delivery after it.",
        "Which id may receivers use to drop a repeated delivery?",
    ),
    "payment": Wording(
        "charges the customer again",
        "nothing checks the payment first",
        "Pass an idempotency key made from the job's input (`idempotency_key=` for Stripe, Square "
        "and Adyen, the "
        "`PayPal-Request-Id` header for PayPal), and record the payment's id on the order, tested "
        "before the call.",
        "Which order, invoice or request id makes this payment unique?",
    ),
    "llm": Wording(
        "pays for the model's answer again",
        "nothing looks for an earlier answer",
        "Store the answer under a key made from the input and return it when it is there: another "
        "run costs tokens "
        "and may answer differently.",
        "Which input makes two requests the same, so that the stored answer may serve both?",
    ),
    "file": Wording(
        "stores the file again",
        "nothing checks whether it is there",
        "Make the name from the job's input, so that a second run overwrites what the first one wrote.",
        "Which fields of the input name the file for good?",
    ),
    "publish": Wording(
        "publishes the message again",
        "nothing checks whether it was published",
        "Give the message an id made from the job's input (`MessageDeduplicationId` for SQS and SNS "
        "FIFO) so that "
        "it is dropped the second time, or record it in an outbox table.",
        "Which id lets consumers drop a repeated message?",
    ),
    "create": Wording(
        "creates the row again",
        "nothing makes it unique",
        "Create it by a unique key: `get_or_create` or `update_or_create` in Django, `ON CONFLICT` in SQL, "
        "`update_one(..., upsert=True)` in MongoDB.",
        "Which columns make this row unique?",
    ),
    "increment": Wording(
        "counts twice",
        "nothing records that this input was counted",
        "Compute the value afresh instead of adding to it, or save in the same transaction that this "
        "input was counted.",
        "Which id says that this input was already counted?",
    ),
    "append": Wording(
        "appends the same entry again",
        "nothing checks whether it is there",
        "Add it to a set, or test for an id made from the job's input before you append.",
        "Which id makes this entry unique?",
    ),
}

LOST = {
    "email": "the e-mail is never sent",
    "sms": "the text message is never sent",
    "push": "the notification is never pushed",
    "chat": "the message is never posted",
    "http": "the call is never made",
    "webhook": "the webhook is never delivered",
    "payment": "the payment is never made",
    "llm": "the model is never asked",
    "file": "the file is never stored",
    "publish": "the message is never published",
}
"""What a record that comes before the act makes of a failure."""
