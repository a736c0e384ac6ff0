"""A process that cannot open a socket of the internet: the kernel ends it, and all that it starts, if one tries.

`forbid()` sets a filter of system calls (seccomp(2)); Python, Qt and torch all go through it.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import socket
import sys

_SOCKET_CALL = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
"""By machine: what the kernel calls it, and the number of socket(2)."""
_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
POSSIBLE = sys.platform == "linux" and platform.machine() in _SOCKET_CALL


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("yes", ctypes.c_uint8),
        ("no", ctypes.c_uint8),
        ("k", ctypes.c_uint32),
    )


class _Programme(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("instructions", ctypes.POINTER(_Instruction)))


def forbid() -> None:
    """Let the kernel end this process where it, or what it starts, asks for a socket of AF_INET or AF_INET6."""
    machine, number = _SOCKET_CALL[platform.machine()]
    steps = (
        (_LOAD, 0, 0, 4),  # seccomp_data.arch
        (_EQUAL, 0, 5, machine),
        (_LOAD, 0, 0, 0),  # seccomp_data.nr
        (_EQUAL, 0, 3, number),
        (_LOAD, 0, 0, 16),  # its first argument: the family
        (_EQUAL, 2, 0, int(socket.AF_INET)),
        (_EQUAL, 1, 0, int(socket.AF_INET6)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _KILL),
    )
    programme = _Programme(len(steps), (_Instruction * len(steps))(*steps))
    library = ctypes.CDLL(None, use_errno=True)
    for words in ((_NO_NEW_PRIVILEGES, 1, 0, 0, 0), (_SET_SECCOMP, _FILTER, ctypes.byref(programme), 0, 0)):
        if library.prctl(*words):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


KILLED = -getattr(signal, "SIGSYS", 0)
"""How a process ends that tried."""
