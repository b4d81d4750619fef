"""What goes wrong in a run: one thing after the other, by chance."""

import contextlib
import random
import signal
import time
from collections.abc import Callable

import redis

from chaos.site import Site

Fault = Callable[[Site], str]
"""Does something bad, and says what."""
REDIS_PATIENCE = 1.0


def torment(site: Site, seconds: float, pause: float, stopped: Callable[[], bool]) -> None:
    """Do one bad thing after the other, about `pause` seconds apart, for so long or until `stopped`."""
    over = time.monotonic() + seconds
    faults = {
        fault: weight for fault, weight in FAULTS.items() if site.postgres or fault is not crash_postgres
    }
    while time.monotonic() < over and not stopped():
        fault = random.choices(list(faults), list(faults.values()))[0]
        site.report.tell(fault(site), counted=fault.__name__.replace("_", " "))
        site.until(stopped, min(random.uniform(0.3, 1.7) * pause, over - time.monotonic()))


def kill(site: Site) -> str:
    """End a process wherever it is."""
    role = random.choice(list(site.roles.values()))
    role.kill()
    return f"kill {role.name}"


def freeze(site: Site) -> str:
    """Stop a process for a while; then it goes on as if nothing had been."""
    role, seconds = random.choice(list(site.roles.values())), _moments(site)
    life = role.life
    role.signal(signal.SIGSTOP)
    site.later(seconds, lambda: role.signal(signal.SIGCONT) if role.life is life else None)
    return f"freeze {role.name} for {seconds:.1f} s"


def freeze_redis(site: Site) -> str:
    """Keep Redis from answering for a while, its connections open."""
    seconds = _moments(site)
    site.redis.freeze()
    site.later(seconds, site.redis.thaw)
    return f"freeze redis for {seconds:.1f} s"


def flush_redis(site: Site) -> str:
    """Have Redis forget everything."""
    with contextlib.suppress(redis.RedisError):  # it may be frozen
        redis.Redis.from_url(site.redis.url, socket_timeout=REDIS_PATIENCE).flushall()
    return "flush redis"


def crash_redis(site: Site) -> str:
    """Kill Redis and start it again."""
    site.redis.stop(signal.SIGKILL)
    site.redis.start()
    return "kill redis"


def crash_postgres(site: Site) -> str:
    """Restart Postgres at once, as after a crash."""
    site.crash_postgres()
    return "kill postgres"


def restart_mail(site: Site) -> str:
    """Have the mail server hang up on everybody, and be away for a moment."""
    site.mail.stop()
    site.later(random.uniform(0, 2), site.mail.start)
    return "restart the mail server"


def _moments(site: Site) -> float:
    return random.uniform(0.3, site.longest_freeze)


FAULTS: dict[Fault, int] = {
    kill: 45,
    freeze: 20,
    freeze_redis: 5,
    flush_redis: 10,
    crash_redis: 4,
    crash_postgres: 6,
    restart_mail: 10,
}
"""How often each, in a hundred."""
