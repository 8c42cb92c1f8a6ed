"""What the semgrep rules find and what they do not: `semgrep --test benchmarks`."""

import requests
from celery import Celery, shared_task
from django.core.mail import send_mail
from django.db import transaction

app = Celery("sample")


@app.task
# ruleid: task-without-retry
def bare(order_id):
    return order_id


@shared_task(name="named")
# ruleid: task-without-retry
def named(order_id):
    return order_id


@shared_task(autoretry_for=(ConnectionError,), max_retries=4)
# ok: task-without-retry
def retried(order_id):
    return order_id


@app.task(bind=True)
# ok: task-without-retry
def retries_by_hand(self, order_id):
    try:
        return order_id
    except ConnectionError as error:
        raise self.retry(exc=error) from error


@app.task(bind=True)
# ok: task-without-retry
def retries_plainly(self, order_id):
    if not order_id:
        raise self.retry(countdown=60)
    return order_id


@app.task(bind=True)
# ok: task-without-retry
def retries_by_call(self, order_id):
    if not order_id:
        self.retry(countdown=60)


# ruleid: task-retries-for-ever
@app.task(max_retries=None)
def endless(order_id):
    return order_id


# ruleid: task-retries-for-ever
@shared_task(max_retries=1 if __debug__ else None)
def endless_in_production(order_id):
    return order_id


# ok: task-retries-for-ever
@app.task(max_retries=5)
def bounded(order_id):
    return order_id


# ruleid: backoff-without-autoretry
@app.task(retry_backoff=True, max_retries=4)
def idle_backoff(order_id):
    return order_id


# ok: backoff-without-autoretry
@app.task(autoretry_for=(ConnectionError,), retry_backoff=True)
def working_backoff(order_id):
    return order_id


@app.task(max_retries=4)
def notify(address):
    # ruleid: side-effect-in-task
    send_mail("Hello", "There", "shop@example.com", [address])
    # ruleid: side-effect-in-task
    requests.post("https://example.com/hook", json={"to": address}, timeout=5)


@app.task(max_retries=4)
def notify_once(order):
    if not order.notified:
        # ok: side-effect-in-task
        send_mail("Hello", "There", "shop@example.com", [order.address])


def place(order):
    with transaction.atomic():
        order.save()
        # ruleid: enqueue-before-commit
        bare.delay(order.pk)
        # ok: enqueue-before-commit
        transaction.on_commit(lambda: bare.delay(order.pk))
    # ok: enqueue-before-commit
    bare.delay(order.pk)
