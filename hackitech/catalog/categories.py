"""The categories that group types in preferences and filters, in the order in which they are shown."""

CATEGORIES = {
    "team": {"fr": "Équipe", "en": "Team"},
    "hackathon": {"fr": "Hackathon", "en": "Hackathon"},
    "project": {"fr": "Projet", "en": "Project"},
    "community": {"fr": "Communauté", "en": "Community"},
    "account": {"fr": "Compte", "en": "Account"},
    "platform": {"fr": "Plateforme", "en": "Platform"},
}


def category_label(category: str, locale: str) -> str:
    """Return the name of a category in a language; one that is not known names itself."""
    return CATEGORIES.get(category, {}).get(locale, category)


def category_position(category: str) -> int:
    """Return where a category stands among the others."""
    return list(CATEGORIES).index(category)
