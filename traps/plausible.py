"""Local parts that look like those of people and departments, as harvesters take them, and that nobody can guess.

What they are made of is public, so what protects them is the number of combinations: at least 2 ** 18 of each form.
They have neither `+` nor `-` nor `_`: whatever Postfix's recipient_delimiter is, they are whole. Not here: whether one
is in use (`generate.py`).

Source of the names that a trap must never have: RFC 2142, 3 to 6, and what mail servers ship as aliases.
"""

import re
from random import Random


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


#: People write to these without having found them anywhere, so mail to them proves nothing.
ROLE_NAMES = _words(
    """
    abuse accounts admin administrator all bounce bounces contact daemon dmarc dns enquiries everyone feedback ftp
    hello help helpdesk hostmaster hr info inquiries jobs legal list listmaster mail mailer mailerdaemon marketing
    news newsletter nobody noc noreply office operator owner postmaster press privacy request root sales security
    service spam staff support sysadmin team usenet uucp webmaster www
    """
)

FIRST_NAMES = _words(
    """
    adele agnes alan albert alice alina amelia anders andrea angela anita anna anton arthur astrid barbara beatrice
    benjamin bernard bianca bridget camilla carla carlos carmen caroline cecilia charlotte chiara christian claire
    clara colin cornelia daniela david deborah denise diana dominic dorothea edgar edith eduardo eileen elena elias
    elisa ellen emil emma erik esther eva fabian felix fiona florian frances frank frida gabriel george gerald
    gloria greta hanna harald heather hector helena henrik hilda hugo ines ingrid irene isabel ivan jacob janet
    jasmin joan joanna johan judith julia karen karin katarina konrad laura lena leonard linda lorenzo louise lucas
    magda marcel margaret maria martin martina matilda melanie michele miriam monica nadia natalie nicola nina nora
    oliver olivia oscar pamela patricia pauline peter petra philip rachel ralf rebecca regina renata robert rosa
    ruth samuel sandra sara sebastian silvia simon sofia stefan susanne sylvia teresa thomas tobias ursula valentina
    vera victor viola walter wendy yvonne
    """
)

SURNAMES = _words(
    """
    abbott ackermann adler alvarez amsel andersson appleby arnold ashworth bachmann bailey barlow bauer beckett
    bellini bennett bergman bianchi birch blanchard bloomfield bocanegra borowski bradley brandt brennan brooks
    buchanan burkhardt caldwell calloway cardoso carlsen castellano chadwick chandler clayton colombo connolly
    costello crawford cunningham dahlberg dalton davenport delacroix delgado dickinson dietrich donnelly dressler
    drummond dubois eastwood eberhardt ekstrand ellsworth engelhardt eriksen escobar fairchild falkner farrell
    feldman ferrari fischbach fitzgerald fleming fontaine forsberg fournier franklin friedrich fuentes gallagher
    garrison gauthier gibbons gilmore goldberg goodwin grabowski greenwood grimaldi gustafson haas halvorsen hammond
    harrington hartmann hathaway hawkins hedlund hendricks herrmann hofmann holloway horvath huber hutchinson ibarra
    iversen jablonski jankowski jensen johansen kaminski kaufmann keller kendrick kessler kirkland klein koch
    kowalczyk kramer kristensen lachapelle lambert lancaster larkin leclerc lehmann lindgren lindqvist lombardi
    lorentz lundberg macdonald mackenzie maldonado mancini marchetti marshall mathieu mcallister mccormick meadows
    melendez mercier middleton molnar montgomery moreau moretti morgenstern mueller navarro neumann nicholson
    nielsen norwood novak nowicki nystrom oconnor oldfield olofsson orlando osterman pacheco palmer parkinson
    pedersen pellegrini pemberton perrault petrovic pfeiffer pickering pohl prescott pritchard quintero radcliffe
    rasmussen redmond reinhardt renaud ricci riedel rinaldi robertson rosenthal rossi rousseau rutherford salazar
    sandoval santoro saunders schaefer schilling schubert sheffield silva sinclair sjoberg sobczak solberg sorensen
    stafford steiner stendahl stephens stoddard strickland sundberg sutherland szabo tanner templeton thatcher
    thornton tillman torres townsend underwood valdez vandenberg vasquez vaughan villanueva vogel wagner walters
    warwick wasserman weatherby weber whitaker whitfield wilkinson winkler wojcik woodward yates zeller ziegler
    zimmermann
    """
)

DEPARTMENTS = _words(
    """
    archive bookings bookkeeping cashier claims customs deliveries depot dispatch distribution estimates events
    exports facilities fleet freight imports invoices laboratory leasing logistics maintenance membership orders
    payables payroll planning procurement production purchasing quotes receivables registry rentals repairs returns
    shipping showroom spares stock storage studio tenders tooling training transport warehouse workshop
    """
)

_INITIALS = "abcdefghijklmnoprstvw"
_LETTERS = re.compile(r"[a-z]+")


def candidate(random: Random, surnames: tuple[str, ...] = SURNAMES, departments: tuple[str, ...] = DEPARTMENTS) -> str:
    """A local part that may be in use; `random` should be SystemRandom, since traps are secrets.

    >>> from random import Random
    >>> candidate(Random(7)).isascii()
    True
    """
    first, last, initial = random.choice(FIRST_NAMES), random.choice(surnames), random.choice(_INITIALS)
    mothers = random.choice(surnames)
    forms = [
        f"{first}.{initial}.{last}",
        f"{first}.{last}.{mothers}" if mothers != last else f"{first}.{initial}.{last}",
        f"{first}.{last}{random.randint(60, 99)}",  # a year of birth
        f"{first[0]}{initial}.{last}{random.randint(10, 99)}",
    ]
    if departments:
        forms.append(f"{random.choice(departments)}{random.randint(1000, 9999)}")  # with a telephone extension
    return random.choice(forms)


def is_role(local: str) -> bool:
    """Whether a word of `local` is a role's name, as in `abuse`, `sales.north` and `info2417`."""
    return any(word in ROLE_NAMES for word in _LETTERS.findall(local))
