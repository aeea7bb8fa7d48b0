"""Smaller stacks for libmilter's threads, of which each session gets one, made with the C library's defaults.

The library keeps the stacks of ended threads for new ones, but only 40 MB of them: five of the usual 8 MB. Smaller ones
are nearly always there already, instead of being mapped, touched and unmapped for each session. And 500 sessions ask
for 250 MB of address space instead of 4 GB, which a system that promises no more than it has would refuse.
"""

import ctypes

STACK_BYTES = 512 * 1024  #: several times what our callbacks use; none recurses over what a sender wrote

_ATTRIBUTES_BYTES = 128  # pthread_attr_t has 56 on x86-64 and 64 on arm64


def shrink() -> None:
    """For the threads that are made from now on. Does nothing with a C library that knows no such default."""
    library = ctypes.CDLL(None)
    if not hasattr(library, "pthread_setattr_default_np"):  # glibc and musl have it
        return
    attributes = ctypes.create_string_buffer(_ATTRIBUTES_BYTES)
    library.pthread_attr_init(attributes)
    library.pthread_attr_setstacksize(attributes, ctypes.c_size_t(STACK_BYTES))
    library.pthread_setattr_default_np(attributes)
    library.pthread_attr_destroy(attributes)
