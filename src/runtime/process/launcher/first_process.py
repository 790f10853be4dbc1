"""What a program has to do for itself as process 1 of an instance."""

import os
import signal
import sys


def heed_sigterm():
    """Makes SIGTERM end process 1 as it ends every other: the kernel gives that one no default action, so that a job which
    is stopped would sit out its whole grace. A handler that the script sets takes its place."""
    if os.getpid() == 1:
        signal.signal(signal.SIGTERM, end)
        # In between a child would have our handler and lose what it is sent: Python forgets pending signals in a child.
        os.register_at_fork(before=hold_sigterm, after_in_parent=let_sigterm, after_in_child=be_child)
    let_sigterm()


def end(*_):
    sys.exit(128 + signal.SIGTERM)


def hold_sigterm():
    """Keeps SIGTERM waiting, also for the program that this one becomes."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])


def let_sigterm():
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])


def be_child():
    """A child is not process 1, and whoever ends it by SIGTERM counts on the default."""
    if signal.getsignal(signal.SIGTERM) is end:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    let_sigterm()
