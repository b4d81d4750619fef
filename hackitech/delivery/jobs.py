"""What the workers of the channels' queues run."""

from hackitech.delivery.dispatch import deliver as deliver_batch
from hackitech.delivery.withdrawal import withdraw as withdraw_batch


def deliver(channel: str, ids: list[int]) -> None:
    """Send these deliveries; those that somebody else has taken or settled are left alone."""
    deliver_batch(channel, ids)


def withdraw(channel: str, ids: list[int]) -> None:
    """Have these deliveries taken away; those that already were are left alone."""
    withdraw_batch(channel, ids)
