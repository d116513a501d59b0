"""What can go wrong, as one tree: the errors of the whole product, and the room of each.

PipelineError
├── AuthError                     access
│   ├── BadKey                    access
│   ├── ExpiredKey                access
│   ├── KeyInAddress              access
│   ├── MissingScope              access
│   ├── NoKey                     access
│   ├── OtherPerson               access
│   └── RevokedKey                access
├── BadInput
│   ├── BadAddress                dash_app
│   ├── BadBusinessAlert          business_alerts
│   ├── BadCursor                 serving
│   ├── BadLabels                 dash_app
│   ├── BadPeriod                 serving
│   ├── BadReceiver               monitoring
│   ├── BadStoreAddress           object_storage
│   ├── BothWays                  serving
│   ├── FilterNotTaken            metrics
│   │   └── NotSplit              serving
│   ├── HomeNotEmpty              restoring
│   ├── NoAnnotation              state
│   ├── NoBackup                  backup
│   ├── NoBookmark                state
│   ├── NoBusinessAlert           state
│   ├── NoReport                  state
│   ├── NotAcceptable             api
│   ├── NotByHour                 serving
│   ├── NotByPeriod               serving
│   ├── NotFound                  serving
│   ├── NotInHeadline             serving
│   ├── OtherHome                 backup
│   ├── OtherLake                 lake_copy
│   ├── OutOfBounds               bounds
│   │   ├── AddressTooLong        bounds
│   │   ├── BodyTooLarge          bounds
│   │   ├── BodyTooSlow           bounds
│   │   ├── HeadersTooLarge       bounds
│   │   └── TooManyParameters     bounds
│   ├── StateNotEmpty             state
│   ├── TooManyEvents             receiving
│   ├── TooManyRows               excel
│   ├── TooManyValues             serving
│   ├── TracesUnavailable         monitoring
│   ├── UnknownAlert              monitoring
│   ├── UnknownEncoding           api
│   ├── UnknownKey                state
│   ├── UnknownMediaType          api
│   ├── UnknownMetric             metrics
│   ├── UnknownValues             serving
│   ├── UnknownZone               time_zones
│   ├── Unpackable                api
│   ├── UnreadableBody            receiving
│   └── UnrecognisedSource
├── DamagedFile
│   ├── DamagedBackup             backup
│   ├── DamagedDownload           serving
│   ├── DamagedSnapshot           serving
│   └── DamagedTable              lake
├── Erased                        api
├── NoObject                      object_storage
├── NotRestored                   restoring
├── OtherState                    materialize
├── StoreRefuses                  object_storage
├── TooSlowQuery                  api
├── Transient
│   ├── BrokerUnavailable         defs
│   ├── Busy
│   ├── HistoryBusy               erasing
│   ├── HistoryUnavailable        defs
│   ├── KeysUnavailable           access
│   ├── LeaseLost                 object_storage
│   ├── LogUnavailable            eventlog
│   │   └── LogOverloaded         eventlog
│   ├── NoCanary                  receiving
│   ├── NoSnapshot                serving
│   ├── NoStreamLeft              bounds
│   │   └── ShareOfStreamsTaken   bounds
│   ├── NotCurrent                state
│   ├── NotDelivered              monitoring
│   ├── NotShared                 serving
│   ├── Overtaken                 lake
│   ├── QueryMemoryFull           serving
│   ├── StateUnavailable          state
│   ├── Stopped                   serving
│   ├── StorageFull
│   ├── StoreUnavailable          object_storage
│   ├── TooManyAttempts           access
│   │   └── Crowded               access
│   ├── TooManyBodies             bounds
│   ├── TooManyQuestions          api
│   └── TooManyRequests           api
└── UnprovedStore                 object_storage

The API answers them as problems (`api/problem_catalog.py`). What derives from none of them is a
mistake in the code, or of a library, such as Panicked.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = [
    "BadInput",
    "Busy",
    "DamagedFile",
    "Panicked",
    "PipelineError",
    "StorageFull",
    "Transient",
    "UnrecognisedSource",
    "ends_one",
    "may_pass",
    "noted",
    "panics_raised",
]


class PipelineError(Exception):
    """Something a person should read: the message says what, where and what to do."""


class BadInput(PipelineError):
    """The input cannot be taken: change it and try again.

    `parameters` are those of a question that are at fault, or speak of what is, by name.
    """

    parameters: tuple[str, ...] = ()


class UnrecognisedSource(BadInput):
    """No adapter knows the file's columns; the message lists what was looked for."""


class DamagedFile(PipelineError):
    """A file of the platform's own is torn or foreign."""


class Transient(PipelineError):
    """Trying again later may succeed."""


class StorageFull(Transient):
    """The disk is full: nothing half-written was kept."""


class Busy(Transient):
    """Another process holds the lock."""


class Panicked(RuntimeError):
    """A library in Rust panicked: a mistake like any other."""


def ends_one(error: BaseException) -> bool:
    """Whether an error ends only the batch, file or day at which it came, not what is behind it.

    Every exception, and a panic of a library in Rust, which is no `Exception`; but not what stops
    the process. (Known by its name: each such library has a class of its own.)
    """
    return isinstance(error, Exception) or type(error).__name__ == "PanicException"


@contextmanager
def panics_raised() -> Iterator[None]:
    """A panic of a library in Rust within is raised as Panicked.

    To servers and frameworks, who let an `Exception` end a request, it is otherwise none.
    """
    try:
        yield
    except BaseException as error:
        if isinstance(error, Exception) or not ends_one(error):
            raise
        raise Panicked(str(error)) from error


@contextmanager
def noted(problems: list[str], *kinds: type[Exception]) -> Iterator[None]:
    """An error of these kinds within is noted as a sentence, and what comes after it goes on."""
    try:
        yield
    except kinds as error:
        problems.append(str(error))


def may_pass(error: BaseException) -> bool:
    """Whether trying again later may succeed: for want of space, memory, a lock or a disk.

    Polars tells the system's error in its text only.
    """
    if isinstance(error, DamagedFile) and error.__cause__ is not None:
        return may_pass(error.__cause__)
    passing = (Transient, OSError, MemoryError, sqlite3.OperationalError)
    return isinstance(error, passing) or "(os error " in str(error)
