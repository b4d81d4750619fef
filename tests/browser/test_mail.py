"""The whole way of a notification: from the API to the open page, and by the workers to /dev/mail."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from hackitech.supervisor.probes import free_port, mail_answers
from tests.browser.member import Member, NewContext, Platform
from tests.factories import make_user
from tests.processes import WorkerProcess
from tests.services import wait_until
from tests.web_process import WebProcess


@pytest.fixture
def local_run(app_settings: dict[str, Any], db_session: object, tmp_path: Path) -> Iterator[str]:
    """The address of a server with a mail catcher and the workers, as a local run has them."""
    port = free_port()
    changes = {
        "SMTP_URL": f"smtp://127.0.0.1:{port}",
        "ENVIRONMENT": "development",
        "INSTANCE": str(tmp_path),
    }
    with ExitStack() as running:

        def start(module: str, *arguments: str) -> None:
            running.callback(WorkerProcess(app_settings, module, *arguments, **changes).end)

        start("devmail", "--port", str(port), "--folder", str(tmp_path / "mail"))
        start("worker", "email")
        start("clock")
        web = WebProcess(app_settings, **changes)
        running.callback(web.end)
        wait_until(lambda: mail_answers(port))
        yield web.url


def test_what_the_api_creates_is_live_on_the_page_and_in_the_mailbox(
    local_run: str, open_browser: NewContext
) -> None:
    user = make_user(locale="fr", name="Léa")
    member = Member(Platform(local_run), open_browser(base_url=local_run), user)
    inbox = member.inbox().open()
    fields = {"title": "Le jury a tranché", "message": "Les résultats sont en ligne.", "action_url": "/r/1"}
    member.receives(**fields)
    inbox.shows("Le jury a tranché")
    page = member.context.new_page()

    def arrived() -> bool:
        page.goto("/dev/mail")
        return page.get_by_role("link", name="Le jury a tranché").count() == 1

    wait_until(arrived, pause=0.2)
    page.get_by_role("link", name="Le jury a tranché").click()
    expect(page.get_by_role("definition").filter(has_text=user.email)).to_be_visible()
    expect(page.locator("pre")).to_contain_text("Les résultats sont en ligne.")
    body = page.frame_locator("iframe")
    expect(body.get_by_text("Les résultats sont en ligne.")).to_be_visible()
    expect(body.get_by_role("link", name="Ne plus recevoir ces emails")).to_be_visible()
