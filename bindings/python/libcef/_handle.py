# SPDX-License-Identifier: Apache-2.0
"""Lifetimes: a Python object that owns one C handle, and the context all handles are made from."""

from __future__ import annotations

import ctypes
import logging
import threading
import weakref
from contextlib import contextmanager
from typing import Callable, Iterator, Optional

from . import _abi, errors
from ._load import core

_log = logging.getLogger("libcef")
_LEVELS = {1: logging.ERROR, 2: logging.WARNING, 3: logging.INFO, 4: logging.DEBUG}


class Handle:
    """Owns a C handle: destroyed by ``close()``, at the end of a ``with`` block, or when the object is collected.

    Closing is safe in any order and at any time: a call that is running on another thread finishes first.
    """

    def __init__(self, pointer: ctypes._Pointer, destroy: Callable):
        self._pointer = pointer
        self._guard = threading.RLock()  # the collector may run a close() inside
        self._users = 0
        self._closed = False
        self._destroy = weakref.finalize(self, destroy, pointer)

    @contextmanager
    def _use(self) -> Iterator[ctypes._Pointer]:
        """The pointer, kept alive inside the block."""
        with self._guard:
            if self._closed:
                raise errors.ArgumentError(f"this {type(self).__name__} is closed")
            self._users += 1
        try:
            yield self._pointer
        finally:
            with self._guard:
                self._users -= 1
                last = self._closed and self._users == 0
            if last:
                self._destroy()

    def close(self) -> None:
        """Frees the C object; a second call does nothing."""
        with self._guard:
            self._closed = True
            idle = self._users == 0
        if idle:
            self._destroy()

    @property
    def closed(self) -> bool:
        return self._closed

    def __reduce_ex__(self, _protocol):
        """Of copy and pickle: two owners of one C object would free it under each other."""
        raise TypeError(f"a {type(self).__name__} cannot be copied or pickled: it owns memory of libcef; make a new one")

    def __enter__(self):
        return self

    def __exit__(self, *_exception) -> None:
        self.close()


@_abi.log_fn
def _forward_log(_user, level, message):
    _log.log(_LEVELS.get(level, logging.WARNING), "%s", (message or b"").decode("utf-8", "replace"))


def new_pointer(function: Callable, pointer_type: type, *arguments):
    """Calls a function that ends in ``(.., T **out, cef_error *)``; the pointer it gives, or its exception."""
    pointer, error = pointer_type(), _abi.cef_error()
    errors.check(function(*arguments, ctypes.byref(pointer), ctypes.byref(error)), error)
    return pointer


class _Shared:
    """The one context of this package, made on first use. Contexts may be shared by threads."""

    def __init__(self) -> None:
        self._guard = threading.RLock()
        self._context: Optional[Handle] = None

    def get(self) -> Handle:
        with self._guard:
            if self._context is None:
                options = _abi.cef_context_options(log=_forward_log)
                pointer = new_pointer(core.cef_context_create, _abi.context_p, options)
                self._context = Handle(pointer, core.cef_context_destroy)
            return self._context


_shared = _Shared()


def new_in_context(function: Callable, pointer_type: type, *arguments):
    """``new_pointer`` with the shared context as first argument; its warnings go to the logger ``libcef``."""
    with _shared.get()._use() as shared:
        return new_pointer(function, pointer_type, shared, *arguments)
