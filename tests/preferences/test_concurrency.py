"""Many tabs and apps of one member at once: everybody is answered, nobody waits for ever."""

import random
from concurrent.futures import ThreadPoolExecutor

from tests.callers import People

TYPES = ("comment", "mention", "announcement", "team_invitation", "room_change", "badge_earned")
CHANNELS = ("in_app", "email", "push")


def test_bulk_changes_never_wait_for_each_other_in_a_circle(people: People):
    def act(seed: int) -> list[int]:
        chance = random.Random(seed)
        statuses = []
        for _ in range(6):
            enabled = chance.random() < 0.5
            pairs = [(key, channel) for key in TYPES for channel in CHANNELS]
            chance.shuffle(pairs)
            choices = [{"notification_type": k, "channel": c, "enabled": enabled} for k, c in pairs]
            for path, body in [
                ("update_preferences", {"preferences": choices}),
                ("toggle_all", {"enabled": enabled, "channel": chance.choice(CHANNELS)}),
                ("toggle_all", {"enabled": enabled, "notification_type": chance.choice(TYPES)}),
            ]:
                statuses.append(people.member.post(f"preferences/{path}/", body).status_code)
        return statuses

    with ThreadPoolExecutor(6) as pool:
        statuses = [status for found in pool.map(act, range(6)) for status in found]
    assert set(statuses) == {200}
