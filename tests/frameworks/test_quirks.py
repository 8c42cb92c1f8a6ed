"""Configuration that does nothing or something else, in both frameworks, with the exact cure."""

from __future__ import annotations

import pytest

from jobcheck.model import Quirk
from tests.link.small import job, one

APP = "from celery import Celery\napp = Celery('shop', result_backend='redis://')\n"
SEND = "def send(user_id): ...\n"


def quirks(text: str, **more: str) -> list[Quirk]:
    return list(job(one(text, **more)).job.options.quirks)


def reads_well(quirk: Quirk) -> bool:
    """A message and a cure are plain sentences, the message a short one."""
    texts = (quirk.message, quirk.instead)
    return len(quirk.message) <= 160 and all(t[0].isupper() and t.endswith(".") for t in texts)


def of(decorator: str, body: str = SEND) -> str:
    return f"{APP}{decorator}\n{body}"


BOUND = "def send(self, user_id):\n    {}\n"

# The start of the message, the line it is reported at, and words of the cure.
CELERY = {
    "C-R1 backoff alone": (
        of("@app.task(retry_backoff=True)"),
        "Never retried: retry_backoff ",
        3,
        "autoretry_for",
    ),
    "C-R1 limit alone": (of("@app.task(max_retries=5)"), "Never retried: max_retries ", 3, "self.retry()"),
    "C-R1 no limit alone": (
        of("@app.task(max_retries=None)"),
        "Never retried: max_retries ",
        3,
        "autoretry_for",
    ),
    "C-R1 in a base class": (
        of("from celery import Task\nclass Base(Task):\n    retry_backoff = 5\n@app.task(base=Base)"),
        "Never retried: retry_backoff ",
        5,
        "autoretry_for",
    ),
    "misspelt retry option": (
        of("@app.task(autoretry_for=(OSError,), max_retry=3)"),
        "Nothing reads the option max_retry:",
        3,
        "max_retries",
    ),
    "misspelt retention option": (
        of("@app.task(ignore_results=True)"),
        "Nothing reads the option ignore_results:",
        3,
        "ignore_result ",
    ),
    "option of the task at the producer": (
        of("@app.task(autoretry_for=(OSError,))") + "send.apply_async((1,), max_retries=9)\n",
        "No retry comes of max_retries here:",
        5,
        "decorator",
    ),
    "publish policy taken for a retry": (
        of("@app.task") + "send.apply_async((1,), retry=True, retry_policy={'max_retries': 3})\n",
        "Only the sending is repeated:",
        5,
        "autoretry_for",
    ),
    "C-R5 goes on": (
        of("@app.task(bind=True)", BOUND.format("self.retry(throw=False)")),
        "This run goes on ",
        5,
        "raise self.retry(",
    ),
    "no such setting": (
        of("app.conf.task_max_retries = 5\n@app.task"),
        "No job heeds the setting task_max_retries:",
        3,
        "task_annotations",
    ),
    "database without beat": (
        f"from celery import Celery\napp = Celery('x', result_backend='db+sqlite://')\n@app.task\n{SEND}",
        "Results pile up:",
        2,
        "celery beat",
    ),
    "C-R4 bind without a parameter": (
        of("@app.task(bind=True)", "def send(): ...\n"),
        "Every run fails:",
        3,
        "self",
    ),
    "C-R4 retry without bind": (
        of("@app.task", "def send(user_id):\n    raise self.retry()\n"),
        "No retry happens:",
        5,
        "bind=True",
    ),
    "C-R4 self without bind": (
        of("@app.task", "def send(self, user_id): ...\n"),
        "Every argument lands ",
        4,
        "bind=True",
    ),
}


@pytest.mark.parametrize(("text", "message", "line", "cure"), CELERY.values(), ids=CELERY)
def test_a_celery_quirk(text: str, message: str, line: int, cure: str) -> None:
    found = [quirk for quirk in quirks(text) if quirk.message.startswith(message)]
    assert [quirk.at.span.line for quirk in found] == [line]
    assert cure in found[0].instead
    assert reads_well(found[0])


SOUND = {
    "plain": of("@app.task"),
    "automatic": of("@app.task(autoretry_for=(OSError,), max_retries=3, retry_backoff=2)"),
    "by hand": of("@app.task(bind=True, max_retries=3)", BOUND.format("raise self.retry()")),
    "by hand in a helper of the module": of(
        "@app.task(bind=True, max_retries=3)", BOUND.format("again(self)") + "def again(t): raise t.retry()\n"
    ),
    "by hand in a method of the base": of(
        "from celery import Task\nclass Base(Task):\n    def again(self):\n        raise self.retry()\n"
        "@app.task(bind=True, base=Base, max_retries=3)",
        BOUND.format("self.again()"),
    ),
    "no retry wanted": of("@app.task(max_retries=0)"),
    "an option of the project's own": of("@app.task(tenant_aware=True)"),
    "an option of an installed base": of("@app.task(unique_on=['a'], lock_expiry=5)"),
    "unknown options": f"from unseen import OPTIONS\n{of('@app.task(retry_backoff=2, **OPTIONS)')}",
    "publish policy of a job that is retried": of("@app.task(autoretry_for=(OSError,))")
    + "send.apply_async((1,), retry_policy={'max_retries': 3})\n",
    "handed on": of("@app.task(bind=True)", BOUND.format("return self.retry(throw=False)")),
    "database without expiry": of(
        "app.conf.update(result_backend='db+sqlite://', result_expires=None)\n@app.task"
    ),
    "database with a schedule": (
        "from celery import Celery\napp = Celery('x', result_backend='db+sqlite://')\n@app.task\n"
        f"{SEND}app.conf.beat_schedule = {{'x': {{'task': 'shop.tasks.send', 'args': (1,)}}}}\n"
    ),
}


@pytest.mark.parametrize("text", SOUND.values(), ids=SOUND)
def test_sound_celery_configuration_has_no_quirk(text: str) -> None:
    assert quirks(text) == []


IGNORED = {
    "without the prefix": ("", "CELERY_RESULT_EXPIRES = 5\n", "CELERY_RESULT_EXPIRES"),
    "upper case without the prefix": ("", "RESULT_EXPIRES = 5\n", "RESULT_EXPIRES"),
    "bare name under a prefix": (", namespace='CELERY'", "RESULT_EXPIRES = 5\n", "RESULT_EXPIRES"),
}


@pytest.mark.parametrize(("prefix", "settings", "name"), IGNORED.values(), ids=IGNORED)
def test_a_setting_under_a_name_that_is_not_read(prefix: str, settings: str, name: str) -> None:
    text = f"{APP}app.config_from_object('shop.settings'{prefix})\n@app.task\n{SEND}"
    (quirk,) = quirks(text, settings=settings)
    assert (quirk.topic, quirk.at.path, quirk.at.span.line) == ("retention", "shop/settings.py", 1)
    assert quirk.message.startswith(f"Celery never reads the setting {name}:")


# --- BullMQ ---

PROCESS = "from bullmq import Queue, Worker\nasync def process(job, token): ...\nqueue = Queue('mail')\n"


def sent(options: str, worker: str = "{}", process: str = PROCESS) -> str:
    return (
        f"{process}async def enqueue():\n    await queue.add('welcome', {{}}, {options})\n"
        f"Worker('mail', process, {worker})\n"
    )


BULLMQ = {
    "B-BACKOFF-WITHOUT-ATTEMPTS": ("{'backoff': 5000}", "Never retried: backoff", '"attempts": 3'),
    "attempts as text": ("{'attempts': '3'}", "A failing job gets stuck", "whole number"),
    "B-BAD-BACKOFF text": (
        "{'attempts': 3, 'backoff': 'exponential'}",
        "A failing job gets stuck",
        "exponential",
    ),
    "B-BAD-BACKOFF fraction": ("{'attempts': 3, 'backoff': 0.5}", "A failing job gets stuck", "exponential"),
    "B-BAD-BACKOFF no delay": (
        "{'attempts': 3, 'backoff': {'type': 'exponential'}}",
        "A failing job gets stuck",
        '"delay": 5000',
    ),
    "B-BAD-BACKOFF no type": (
        "{'attempts': 3, 'backoff': {'delay': 500}}",
        "A failing job gets stuck",
        "exponential",
    ),
    "B-BAD-BACKOFF unknown type": (
        "{'attempts': 3, 'backoff': {'type': 'linear', 'delay': 5000}}",
        "A failing job gets stuck",
        "exponential",
    ),
    "B-SECONDS-AS-MS backoff": (
        "{'attempts': 3, 'backoff': {'type': 'fixed', 'delay': 5}}",
        "Hardly any wait: this is 5 milliseconds",
        "5000",
    ),
    "B-SECONDS-AS-MS delay": ("{'delay': 30}", "Hardly any wait: this is 30 milliseconds", "30000"),
    "B-KEEP-WRONG-TYPE text": ("{'removeOnComplete': '100'}", "Not what it says:", "removeOnComplete"),
    "B-KEEP-WRONG-TYPE fraction": ("{'removeOnFail': 2.5}", "Not what it says:", "removeOnFail"),
    "B-KEEP-WRONG-TYPE count": ("{'removeOnFail': {'count': '2'}}", "Not what it says:", "age"),
    "B-KEEP-WRONG-TYPE empty": ("{'removeOnComplete': {}}", "Not what it says:", "age"),
    "B-KEEP-WRONG-TYPE key": ("{'removeOnFail': {'max': 3}}", "Not what it says:", "age"),
    "B-UNKNOWN-OPT snake case": (
        "{'remove_on_fail': 5}",
        "Nothing reads the job option remove_on_fail",
        "removeOnFail",
    ),
    "B-UNKNOWN-OPT misspelt": ("{'attempt': 5}", "Nothing reads the job option attempt", "attempts"),
    "B-UNKNOWN-OPT of another framework": (
        "{'max_retries': 3}",
        "Nothing reads the job option max_retries",
        "Write attempts",
    ),
    "an option as keyword": ("attempts=3", "The job is never sent: add()", '"attempts": ...'),
    "an option as keyword in another style": ("remove_on_fail=3", "The job is never sent:", "removeOnFail"),
    "B-UNKNOWN-OPT timeout": ("{'timeout': 5}", "Nothing reads the job option timeout", "asyncio.timeout"),
    "B-UNKNOWN-OPT deadLetterQueue": (
        "{'deadLetterQueue': 'x'}",
        "Nothing reads the job option deadLetterQueue",
        "dead letters",
    ),
}


@pytest.mark.parametrize(("options", "message", "cure"), BULLMQ.values(), ids=BULLMQ)
def test_a_bullmq_quirk(options: str, message: str, cure: str) -> None:
    (quirk,) = quirks(sent(options))
    assert quirk.message.startswith(message)
    assert cure in quirk.instead
    assert reads_well(quirk)
    assert quirk.at.span.line == 5


def test_a_processor_with_one_parameter_never_runs() -> None:
    text = sent("{}", process=PROCESS.replace("job, token", "job"))
    assert [quirk.topic for quirk in quirks(text)] == ["bound-self"]


BULLMQ_SOUND = {
    "nothing": sent("{}"),
    "retry": sent("{'attempts': 3, 'backoff': {'type': 'exponential', 'delay': 5000}}"),
    "retention": sent("{'removeOnComplete': {'age': 60}, 'removeOnFail': 100, 'jobId': 'x'}"),
    "own strategy": sent(
        "{'attempts': 3, 'backoff': {'type': 'mine'}}", worker="{'settings': {'backoffStrategy': wait}}"
    ),
    "no delay": sent("{'delay': 0}"),
    "fixed at once": sent("{'attempts': 3, 'backoff': {'type': 'fixed'}}"),
    "a whole float": sent("{'attempts': 3.0, 'backoff': 500.0, 'removeOnFail': 5.0}"),
    "no attempts": sent("{'attempts': None}"),
    "no limit": sent("{'removeOnComplete': -1, 'removeOnFail': False}"),
    "a method": sent("{}", process="from bullmq import Queue, Worker\nqueue = Queue('mail')\n")
    .replace("Worker('mail', process", "Worker('mail', Mail().process")
    .replace(
        "async def enqueue", "class Mail:\n    async def process(self, job, token): ...\nasync def enqueue"
    ),
}


@pytest.mark.parametrize("text", BULLMQ_SOUND.values(), ids=BULLMQ_SOUND)
def test_sound_bullmq_configuration_has_no_quirk(text: str) -> None:
    assert quirks(text) == []
