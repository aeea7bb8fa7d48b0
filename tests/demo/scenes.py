"""What the demo plays: the mails that are sent, and what must come of each."""

from dataclasses import dataclass

from tests.e2e.messages import ordinary, spam
from tests.servers.mail_exchanger import ANNA, TRAP

KNOWN = "summit-pills-direct.com"  # its landing page has been reported by somebody else already
BAD = "glacier-watches-outlet.com"  # the portal finds fault with this name
MIXED = "canyon-loans-today.com"
AWAY = "prairie-diet-secrets.com"
JUNK = "harvest-coin-doubler.com"
JUNK_OWNER = "bert@provider-mail.com"


@dataclass(frozen=True, slots=True)
class Scene:
    """One mail that is sent, and what must come of it."""

    title: str
    client: str
    sender: str
    recipients: tuple[str, ...]
    message: bytes
    codes: tuple[int, ...]  # one for each recipient
    delivered: bool = False  # to the person
    caught: str | None = None  # where: "spool" or "fallback"
    listed: str | None = None  # the zone that the envelope names
    submitted: frozenset[str] = frozenset()  # kinds that must reach the portal


SCENES = (
    Scene(
        "ordinary mail to a person",
        "11.0.1.5",
        "carla@harbour-letters.com",
        (ANNA,),
        ordinary(),
        (250,),
        delivered=True,
    ),
    Scene("a listed client to a person", "11.0.0.2", "news@tundra-casino-club.com", (ANNA,), spam(), (550,)),
    Scene(
        "an unlisted client to a trap",
        "11.0.1.7",
        f"news@{KNOWN}",
        (TRAP,),
        spam(domain=KNOWN),
        (250,),
        caught="spool",
        submitted=frozenset({"ip", "url", "email"}),
    ),
    Scene(
        "a listed client to a trap",
        "11.0.0.4",
        f"news@{BAD}",
        (TRAP,),
        spam(domain=BAD).replace(b"Half the price", b"A house in the sun for everybody"),  # a campaign of its own
        (250,),
        caught="spool",
        listed="zen",
        submitted=frozenset({"url", "email"}),
    ),
    Scene(
        "a trap and a person at once",
        "11.0.1.8",
        f"news@{MIXED}",
        (TRAP, ANNA),
        spam(domain=MIXED),
        (250, 250),
        delivered=True,
        caught="spool",
    ),
)
WITHOUT_MILTER = Scene(
    "a trap, while the milter is dead",
    "11.0.1.9",
    f"news@{AWAY}",
    (TRAP,),
    spam(domain=AWAY),
    (250,),
    caught="fallback",
    submitted=frozenset({"ip"}),
)
