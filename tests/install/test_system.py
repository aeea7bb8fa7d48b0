"""The accounts that `trapline install --remove` takes back."""

from trapline.install.system import remove_accounts


def test_an_account_that_is_gone_already_keeps_no_other_one_from_being_removed() -> None:
    """An administrator has removed it, or making it has failed: the record names it all the same."""
    assert list(remove_accounts(["user:trapline-gone", "group:trapline-gone"])) == []
