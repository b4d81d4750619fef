"""What those who run the site do to it as a whole."""

from hackitech.catalog.loader import load_types
from hackitech.catalog.sync import SyncReport, sync_types
from hackitech.channels.registry import channel_keys
from hackitech.core.transaction import atomic


def sync_catalogue() -> SyncReport:
    """Bring the database's types up to date with their files.

    Raises:
        CatalogError: a file is broken; nothing was changed.
    """
    definitions = load_types(channel_keys())
    with atomic() as session:
        return sync_types(session, definitions, channel_keys())
