"""Security 13: nobody writes a header of our mails, whatever title, name or address they choose."""

import pytest
import redis
import sqlalchemy as sa
from sqlalchemy.orm import Session

from hackitech.core.transaction import atomic
from hackitech.delivery.dispatch import deliver
from hackitech.delivery.service import relay_due
from hackitech.models.delivery import Delivery
from hackitech.notifications.notify import notify
from tests.factories import make_user
from tests.mail_server import MailServer

HOSTILE = [
    "Hello\r\nBcc: victim@example.org",
    "Hello\nX-Injected: yes",
    "=?utf-8?q?Hello=0D=0ABcc:_victim=40example.org?=",
    "Hello\x0bBcc: victim@example.org",
    "Hello\u2028Bcc: victim@example.org",
    "a" * 190,
]


@pytest.mark.parametrize("words", HOSTILE)
def test_sec_13_titles_and_names_stay_in_their_own_header(
    db_session: Session, smtp_server: MailServer, redis_url: str, words: str
) -> None:
    reader = make_user(name=words[:100])
    with atomic():
        notify("announcement", recipients=[reader], title=words, message="M")
    with redis.Redis.from_url(redis_url) as connection:
        relay_due(connection)
    deliver("email", db_session.scalars(sa.select(Delivery.id).where(Delivery.channel == "email")).all())
    [mail] = smtp_server.messages
    assert mail.recipients == [reader.email]
    assert mail.message["Bcc"] is None and mail.message["X-Injected"] is None
    assert len(mail.message.get_all("Subject", [])) == 1
    assert len(mail.message.get_all("To", [])) == 1
