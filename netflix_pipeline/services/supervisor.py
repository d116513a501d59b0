"""Supervisor: starts services over sockets that it holds, keeps them running, ends them together.

Nobody is refused while a service starts again: the socket stays open, and who connects meanwhile
waits in its queue.
"""

import signal
import socket
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from netflix_pipeline.errors import Busy, PipelineError
from netflix_pipeline.services import service_manager
from netflix_pipeline.services.catalogue import SERVICES, WORKERS, Service
from netflix_pipeline.services.handover import listening
from netflix_pipeline.services.program import KeptRunning
from netflix_pipeline.settings import Settings

PATIENCE = 180.0
"""Seconds until a service must have started."""
LOOK = 0.1
"""Seconds between two looks at the services."""

Kept = Mapping[str, Sequence[KeptRunning]]
"""The programs of each service, by its name."""


def run(
    names: Sequence[str],
    settings: Settings,
    on_ready: Callable[[str, str], None],
    services: Mapping[str, Service] = SERVICES | WORKERS,
) -> int:
    """Serve until SIGINT or SIGTERM, then end everything; returns 0.

    `on_ready(name, url)` is called for each service once it has started, without a url for one that
    answers nobody. From then on a program of
    it that dies is started again, without end. SIGHUP replaces all programs, one after the other,
    by others that read the code anew, without a pause; of a terminal that is closed it ends all.
    Logs go to `<home>/logs/<program>.log`, what was before to `<program>.log.1`. A port 0 stands
    for any free one; a socket that a service manager hands over under the name of a service is
    taken instead.

    Raises BadInput where a service lets in only whom it knows and could know nobody, and where
    those who are told of alerts cannot be understood; Busy when a
    port is taken, PipelineError when a program ends before its service has started, or that takes
    too long; by then all have ended.
    """
    chosen = {name: services[name] for name in names}
    if settings.keys_required:
        for service in chosen.values():
            service.could_know(settings)
    with ExitStack() as stack:
        handed = service_manager.sockets()
        listeners = {
            name: stack.enter_context(
                handed[name]
                if name in handed
                else _listening(name, settings.host, getattr(settings, service.setting))
            )
            for name, service in chosen.items()
            if service.setting
        }
        ports = {name: int(listener.getsockname()[1]) for name, listener in listeners.items()}
        settings = settings.model_copy(
            update={chosen[name].setting: port for name, port in ports.items()}
        )
        signals = stack.enter_context(_signals())
        kept = {
            name: [
                KeptRunning(program, settings, ports.get(name, 0), listeners.get(name))
                for listed in service.programs
                for program in listed.each(settings)
            ]
            for name, service in chosen.items()
        }
        programs = [program for of_service in kept.values() for program in of_service]
        try:
            for name, service in chosen.items():
                service.prepare(settings)
                for program in kept[name]:
                    program.begin()
            # What watches them is imported while they import what they serve.
            from netflix_pipeline.services.alerting import alerting

            for program in programs:
                program.tell_started()
            with alerting(chosen, settings):
                urls = {name: settings.url(port) for name, port in ports.items()}
                _keep_running(kept, signals, lambda name: on_ready(name, urls.get(name, "")))
        finally:
            service_manager.tell("STOPPING=1")
            # All are told before the first is waited for.
            for program in programs:
                program.tell_to_end()
            for program in programs:
                program.wait()
    return 0


def _keep_running(kept: Kept, signals: Counter[int], on_ready: Callable[[str], None]) -> None:
    """Look at all programs until a signal to end comes."""
    silent = list(kept)
    deadline = time.monotonic() + PATIENCE
    to_restart: deque[KeptRunning] = deque()
    ends = {signal.SIGINT, signal.SIGTERM}
    if sys.stdin is not None and sys.stdin.isatty():
        ends.add(signal.SIGHUP)  # the terminal was closed
    while not any(signals[number] for number in ends):
        for name, programs in kept.items():
            for program in programs:
                program.look(again=name not in silent)
            if name in silent and programs[0].ready:
                silent.remove(name)
                on_ready(name)
                if not silent:
                    service_manager.tell("READY=1")
        if silent and time.monotonic() > deadline:
            raise PipelineError(
                f"{', '.join(silent)} did not start within {PATIENCE:.0f} s, so all services "
                f"were stopped. See the logs in {kept[silent[0]][0].log.parent}."
            )
        if signals[signal.SIGHUP] and not silent:
            signals[signal.SIGHUP] = 0
            to_restart.extend(program for programs in kept.values() for program in programs)
        if to_restart and all(each.settled for programs in kept.values() for each in programs):
            to_restart.popleft().restart()
        time.sleep(LOOK)


@contextmanager
def _signals() -> Iterator[Counter[int]]:
    """How often SIGINT, SIGTERM and SIGHUP have come meanwhile."""
    came: Counter[int] = Counter()
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup has it
        numbers.append(signal.SIGHUP)
    before = {
        number: signal.signal(number, lambda number, _: came.update([number])) for number in numbers
    }
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _listening(name: str, host: str, port: int) -> socket.socket:
    """A socket that listens there; raises Busy when somebody else does already."""
    try:
        return listening(host, port)
    except OSError as error:
        raise Busy(
            f"{name} cannot have port {port} on {host}: {error.strerror}. Stop what listens "
            f"there, or choose another port: NETFLIX_{name.upper()}_PORT."
        ) from error
