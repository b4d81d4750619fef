"""The smallest file of a type that has a bit of everything, and the channels it knows."""

CHANNELS = ("in_app", "email", "push")

SMALL = """\
key = "room_change"
category = "hackathon"
priority = "high"
retention_days = 60

[label]
fr = "Changement de salle"
en = "Room change"

[description]
fr = "Une salle change."
en = "A room changes."

[params.room]
type = "string"
required = true
example = "Ada"
label = { fr = "Salle", en = "Room" }

[params.starts_at]
type = "datetime"
required = false
example = "2027-03-13T13:30:00Z"
label = { fr = "Horaire", en = "Time" }

[channels.in_app]
enabled = true

[channels.email]
enabled = true

[channels.push]
enabled = false

[wording.fr]
title = "Salle {{ room }}"
message = \"\"\"
Rendez-vous en salle {{ room }}.
{% if starts_at %}Début le {{ starts_at }}.{% endif %}
\"\"\"

[wording.en]
title = "Room {{ room }}"
message = "See you in room {{ room }}."

[wording.en.email]
subject = "Now in room {{ room }}"
"""
