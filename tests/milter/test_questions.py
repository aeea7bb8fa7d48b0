"""What one connection has asked and found: told once, kept between messages as far as it may be."""

import dns.message
import dns.rcode

from tests.dnsbl.answers import a_response, an_engine, with_rcode
from tests.servers.name_server import name_server
from trapline.dnsbl.findings import Listed, Unknown
from trapline.dnsbl.zones import Question
from trapline.milter.questions import MAX_KEPT, Questions

CLIENT = Question("zen", "11.0.7.66")
DOMAIN = Question("dbl", "harbour.com")
SESSION = (CLIENT, DOMAIN)


class Zen:
    """A name server on which DBL lists nothing, and ZEN says one thing after another, the last one for good."""

    def __init__(self, *codes: str) -> None:
        self._codes = list(codes)
        self.asked = 0

    def __call__(self, query: dns.message.Message) -> dns.message.Message | None:
        if ".zen." not in str(query.question[0].name):
            return with_rcode(dns.rcode.NXDOMAIN)(query)
        self.asked += 1
        return a_response(query, self._codes.pop(0) if len(self._codes) > 1 else self._codes[0])


def test_of_what_was_found_a_listing_is_told_and_not_that_nothing_is_listed() -> None:
    with name_server(Zen("127.0.0.2")) as nameserver, an_engine(nameserver) as engine:
        questions = Questions(engine, 5.0)
        questions.start(SESSION)
        assert questions.found(SESSION) == {CLIENT: Listed("zen", "11.0.7.66", ("127.0.0.2",))}


def test_what_could_not_be_found_out_is_asked_again_with_the_next_message_also_where_that_asks_the_very_same() -> None:
    zen = Zen("127.255.255.255", "127.0.0.2")
    with name_server(zen) as nameserver, an_engine(nameserver) as engine:
        questions = Questions(engine, 5.0)
        questions.start(SESSION)
        assert isinstance(questions.found(SESSION)[CLIENT], Unknown)
        questions.start(SESSION)
        assert isinstance(questions.found(SESSION)[CLIENT], Unknown), "within a message nothing is asked twice"
        questions.renew()
        questions.start(SESSION)
        assert questions.found(SESSION) == {CLIENT: Listed("zen", "11.0.7.66", ("127.0.0.2",))}
    assert zen.asked == 2


def test_what_was_found_is_not_asked_again_with_the_next_message() -> None:
    zen = Zen("127.0.0.2")
    with name_server(zen) as nameserver, an_engine(nameserver) as engine:
        questions = Questions(engine, 5.0)
        for _ in range(3):
            questions.renew()
            questions.start(SESSION)
            assert questions.found(SESSION) == {CLIENT: Listed("zen", "11.0.7.66", ("127.0.0.2",))}
    assert zen.asked == 1


def test_who_has_too_much_kept_for_him_has_it_found_anew() -> None:
    many = [Question("dbl", f"mail{number}.com") for number in range(MAX_KEPT)]
    with name_server(Zen("127.0.0.2")) as nameserver, an_engine(nameserver) as engine:
        questions = Questions(engine, 5.0)
        for some in (SESSION, many, SESSION):
            questions.start(some)
            questions.found(some)
        questions.renew()
        assert questions.notable == {}
        questions.start(SESSION)
        assert CLIENT in questions.found(SESSION)
