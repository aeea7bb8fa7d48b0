"""The milter's own socket is never taken from somebody who lives."""

import socket
from pathlib import Path

import pytest

from trapline.config.errors import ConfigError, TraplineError
from trapline.config.settings import Milter
from trapline.milter import listening


def open_at(listen: str) -> None:
    listening.open_socket(Milter.model_validate({"listen": listen}))


def test_a_milter_that_has_more_to_accept_than_it_can_is_living(tmp_path: Path) -> None:
    """It is swamped, or suspended: whoever took its socket would leave it serving nobody."""
    path = tmp_path / "milter.sock"
    with socket.socket(socket.AF_UNIX) as living, socket.socket(socket.AF_UNIX) as waiting:
        living.bind(str(path))
        living.listen(0)
        waiting.connect(str(path))
        with pytest.raises(ConfigError, match="another process listens"):
            open_at(f"unix:{path}")
        assert path.is_socket()


def test_a_socket_of_something_that_is_no_milter_is_in_use_too(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as living:
        living.bind(str(path))
        with pytest.raises(ConfigError, match="another process listens"):
            open_at(f"unix:{path}")


def test_a_host_that_can_not_be_found_ends_the_milter_so_that_systemd_starts_it_again() -> None:
    """While a host boots, its resolver may not answer yet; 78 would be for good."""
    with pytest.raises(TraplineError, match=r"milter\.listen: .* Write an address") as raised:
        open_at("inet:11339@no-such-host.invalid")
    assert raised.value.exit_code == 1
