"""All manual pages, made of what the program itself knows: nothing of them is kept in the repository.

`trapline install`, the Debian package and `make man` put them where man(1) finds them.
"""

from importlib.metadata import version


def pages() -> dict[str, str]:
    """The pages by the names of their files: `trapline.1`, `trapline.toml.5`, `trapline-traps.5`."""
    from trapline.cli.main import app
    from trapline.cli.manual import commands, settings, traps

    ours = version("trapline")
    return {page.file: str(page) for page in (commands.page(app, ours), settings.page(ours), traps.page(ours))}
