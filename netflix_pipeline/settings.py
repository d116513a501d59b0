"""The one typed place for configuration: every setting is `NETFLIX_*` in the environment."""

import os
import re
from datetime import date, timedelta
from difflib import get_close_matches
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import (
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from netflix_pipeline import machine_limits, time_zones
from netflix_pipeline.permissions import keep_private

IMPOSSIBLE = re.compile(r"[?=\\]|%[0-9A-Fa-f]{2}")
"""What stands for something else in the path of a DuckDB, SQLite or Parquet file."""

PREFIX = "NETFLIX_"

OF_KUBERNETES = re.compile(r".*_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT(_\d+_(TCP|UDP)(_.*)?)?)")
"""Variables that Kubernetes gives to every container, by the names of services beside it."""

DAY = r"\d{4}-\d{2}-\d{2}"

ORIGIN = re.compile(r"https?://[^/?#@*\s]+")

FILES = re.compile(r"https?://[\w.-]+(:\d+)?(/[\w.~-]+)*/?", re.ASCII)
"""Where files of the program may lie: what a header can name without quotes."""

IN_FILE = "file:"
"""What a setting begins with that names a file in which its value stands."""


def _below(name: str) -> cached_property[Path]:
    """What lies under a name in the home."""
    return cached_property(lambda settings: Path(settings.root / name))


def _workers() -> int:
    """As many as leave every other processor to dashboard and builds, and have memory when full."""
    room = min(machine_limits.processors() // 2, machine_limits.memory() // (4 * 2**30))
    return max(1, min(4, room))


class Settings(BaseSettings):
    """Configuration; everything that the platform writes lies below `home`.

    For a setting that may hold a password `file:PATH` names a file in which its value stands.
    """

    # Empty is not set: an empty home would be the folder in which one happens to be.
    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, frozen=True, populate_by_name=True
    )

    home: Path = Field(default=Path(".netflix"), description="folder of everything it writes")
    host: str = Field(default="127.0.0.1", description="address that the services bind to")
    hosts: str = Field(
        default="", description="further names under which they are asked, with commas between"
    )
    auth: Literal["auto", "required"] = Field(
        default="auto",
        description="auto: the API needs keys, dashboard and Dagster people who sign in, where "
        "other machines reach them; required: always",
    )
    key: str = Field(
        default="",
        repr=False,
        description="the key with which commands ask the API",
    )
    cors_origins: str = Field(
        default="",
        description="sites whose scripts may ask the API, such as https://example.org, with commas",
    )
    requests_per_minute: int | None = Field(
        default=None,
        ge=0,
        description="requests that one client may send in a minute, 0: any number; left out: "
        "60,000 with a key that has no limit of its own, any number without",
    )
    limits: str = Field(
        default="",
        repr=False,  # an address may hold a password
        description="redis://… counts requests for all processes together (that of the cache does "
        "too), else each by itself",
    )
    trusted_user_header: str = Field(
        default="",
        description="header in which a proxy tells the dashboard whom it let in",
    )
    trusted_proxies: str = Field(
        default="127.0.0.1,::1",
        description="addresses or networks of proxies from which that header counts, and what they "
        "tell of where requests come from (X-Forwarded-For, X-Forwarded-Proto, Forwarded), with "
        "commas between",
    )
    session_idle_hours: float = Field(
        default=12, gt=0, le=168, description="hours without use after which people sign in again"
    )
    session_days: float = Field(
        default=7, gt=0, le=90, description="days after which people sign in again at the latest"
    )
    plain_http: bool = Field(
        default=False,
        description="the dashboard's cookies travel over http too where others reach it",
    )
    api_port: int = Field(default=8000, ge=0, le=65535, description="port of the API")
    dashboard_port: int = Field(default=8502, ge=0, le=65535, description="port of the dashboard")
    dagster_port: int = Field(default=3000, ge=0, le=65535, description="port of Dagster's UI")
    api_workers: int = Field(
        default_factory=_workers,
        ge=1,
        le=64,
        description="processes that serve the API; where nothing is said, one for every two "
        "processors and 4 GiB of memory, at most four",
    )
    standby: bool = Field(
        default=True,
        description="beside the API and the dashboard a process of each waits, with all its code "
        "loaded, to take over when one dies",
    )
    event_log: str = Field(
        default="",
        repr=False,  # an address may hold a password
        description="redis://… keeps the log of events in Redis Streams, else in a file below home",
    )
    lake_address: str = Field(
        default="",
        validation_alias="NETFLIX_LAKE",
        pattern=r"^(s3://[^/?#@]+(/[^?#]*)?)?$",
        description="s3://BUCKET/PREFIX keeps the tables in a store that speaks S3, which is found "
        "by the usual variables (AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, "
        "AWS_SECRET_ACCESS_KEY), else in files below home",
    )
    lake_cache_gigabytes: float = Field(
        default=50,
        gt=0,
        description="how much a machine keeps of such a lake, beside what is being read",
    )
    lease_seconds: float = Field(
        default=20,
        ge=1,
        description="seconds after which another machine takes over the lease of one that is gone, "
        "where the lake is in a store",
    )
    state_database: str = Field(
        default="",
        repr=False,  # an address may hold a password
        description="address of a database for keys, passwords, sessions, erasures (SQLAlchemy's), "
        "else files",
    )
    state_secret: str = Field(
        default="",
        repr=False,
        description="a secret that all machines have which share that database: the keys of "
        "erasures and sessions follow from it, else each home makes its own",
    )
    dagster_database: str = Field(
        default="",
        repr=False,  # an address may hold a password
        description="postgresql://… keeps Dagster's runs, events and schedules, else files below "
        "home",
    )
    broker: str = Field(
        default="",
        repr=False,  # an address may hold a password
        description="redis://… hands Dagster's runs to workers (`serve worker`), else they work "
        "where Dagster does",
    )
    concurrent_runs: int = Field(
        default=2,
        ge=1,
        le=1_000,
        description="Dagster's runs that work at a time; with workers, as many as there are",
    )
    worker_processes: int = Field(
        default=1,
        ge=1,
        le=64,
        description="runs that `serve worker` works on at a time, each in a process of its own",
    )
    backfill_days: int = Field(
        default=31,
        ge=1,
        description="days of a backfill that go to one worker; without workers one run has all",
    )
    events_per_second: int = Field(
        default=500_000,
        ge=0,
        description="events that one client may send to one API process in a second; 0: any number",
    )
    event_days_back: int = Field(
        default=400,
        ge=0,
        description="days before its receipt on which an event over HTTP may have happened; 0: any",
    )
    canary_seconds: float = Field(
        default=60, ge=0, description="seconds between two canary events of the API; 0: none"
    )
    known_events: int = Field(
        default=1_000_000,
        ge=1,
        description="newest events of which a sender is told at once that they are repeated, in "
        "each process of the API and the dashboard",
    )
    log_hours: float = Field(
        default=2,
        gt=0,
        le=87_600,
        description="how long the event log keeps what is in bronze; what the live view shows of "
        "the last hour comes from there after a restart",
    )
    live_viewers: int = Field(
        default=1_000_000, ge=1, description="viewers of the live hour that are told apart"
    )
    live_titles: int = Field(
        default=10_000, ge=10, description="titles of each live minute that are told apart"
    )
    kept_megabytes: int = Field(
        default=64,
        ge=1,
        description="answers and views that each process of the API and the dashboard keeps",
    )
    people_in_memory: int = Field(
        default=1_000_000,
        ge=0,
        description="most people of a snapshot for whom what is known of them is kept in memory",
    )
    query_megabytes: int = Field(
        default=1024, ge=64, description="what the queries to one snapshot may take in memory"
    )
    cache: str = Field(
        default="",
        repr=False,  # an address may hold a password
        description="redis://… shares the API's answers between its processes and replicas",
    )
    query_seconds: float = Field(
        default=10, gt=0, description="seconds after which a query of the API is stopped"
    )
    query_threads: int = Field(
        default=4, ge=1, le=64, description="queries that one API process answers at a time"
    )
    queries_waiting: int = Field(
        default=1000, ge=0, description="further questions that may wait in one API process"
    )
    ready_snapshot_hours: float = Field(
        default=0,
        ge=0,
        description="the API is not ready, and the dashboard says so, when the snapshot was built "
        "longer ago; 0: any age",
    )
    start_page: str = Field(
        default="",
        pattern=r"^(/([^/\\].*)?)?$",
        max_length=2_000,
        description="the view that opens at the dashboard's plain address, such as "
        "/titles?period=7d; empty: My viewing where all viewing is one household's, else Overview",
    )
    assets_url: str = Field(
        default="",
        description="where browsers find the dashboard's scripts and styles, such as "
        "https://cdn.example.org/viewing: what `python -m dash_app.asset_files FOLDER` wrote; "
        "empty: at the dashboard",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="the least that the API tells in its log"
    )
    access_log: Literal["all", "errors", "off"] = Field(
        default="all", description="of which requests the API's log has a line"
    )
    service_log_megabytes: float = Field(
        default=100,
        gt=0,
        description="what the log of a program takes, of API, dashboard, Dagster or a worker; then "
        "it begins anew, and what it held is kept once beside it",
    )
    umask: str = Field(
        default="077",
        pattern="^0?[0-7]{3}$",
        description="rights that nobody gets to what lies in home, in octal: 077, its owner alone "
        "reads it; 027, its group too",
    )
    week_start: Literal["monday", "sunday", "saturday"] = Field(
        default="monday",
        description="the day with which weeks of plays begin; people, cohorts and Top 10 go by ISO "
        "weeks, which begin on Monday",
    )
    time_zone: str = Field(
        default=time_zones.UTC,
        description="the IANA time zone of which days and hours of plays are, such as "
        "Europe/Berlin; people by day, cohorts and Top 10 go by days of UTC",
    )
    nightly_days: str = Field(
        default="3",
        pattern=rf"^([1-9]\d*|all|{DAY}\.\.{DAY})$",
        description="days with data that Dagster builds again each night: so many of the newest, "
        "all of them, or those of a range such as 2026-01-01..2026-03-31",
    )
    fresh_days: int = Field(
        default=0,
        ge=0,
        description="days that the newest day with plays may lie back before Dagster's check of "
        "the snapshot fails; 0: any",
    )
    run_events: Literal["grouped", "single"] = Field(
        default="grouped",
        description="how Dagster's events are written: grouped, a second of them at a time; "
        "single, each by itself as Dagster does, which takes 15 to 35 ms an event in files",
    )
    run_history_days: int = Field(
        default=90,
        ge=0,
        description="days for which Dagster's records of runs are kept; what each partition is "
        "made of stays; 0: all is kept",
    )
    landed_days: int = Field(
        default=0,
        ge=0,
        description="days for which files that were taken in are kept in landed; 0: all are kept",
    )
    stage_processes: int = Field(
        default=0,
        ge=0,
        le=64,
        description="stages of one of Dagster's runs that work at a time, each in a process of its "
        "own; 0: all in one process, one after the other",
    )
    day_shards: int = Field(
        default=1,
        ge=1,
        le=1024,
        description="shards into which the work on a large day is cut at most, by users: workers "
        "share them, each with one at a time in memory; 1: none is cut",
    )
    backup: str = Field(
        default="",
        description="where backups of the home lie: a folder on another disk, or s3://BUCKET/PREFIX",
    )
    scaling_boot_minutes: int = Field(
        default=5,
        ge=1,
        le=60,
        description="minutes until a further replica of API or dashboard is there: so far ahead "
        "demand is forecast",
    )
    scaling_target: float = Field(
        default=0.7,
        gt=0,
        le=1,
        description="share of what a replica was measured to serve that it is to serve",
    )
    scaling_rates: str = Field(
        default="",
        pattern=r"^((event_requests|events|people|answers|computed|views)=[1-9]\d*(\.\d+)?(,|$))*$",
        description="what a replica serves in a second on your machines, in place of what was "
        "measured on ours, such as event_requests=1200,views=10",
    )
    snapshots_kept: int = Field(default=3, ge=1, description="published snapshots kept on disk")
    snapshots: str = Field(
        default="",
        description="s3://BUCKET/PREFIX, or a folder, to which snapshots are published, and from "
        "which API and dashboard fetch the newest; else they are served where they are made",
    )
    alert_webhook: str = Field(
        default="",
        repr=False,  # an address may be a secret
        description="where alerts are posted to as Alertmanager does",
    )
    alert_slack: str = Field(
        default="",
        repr=False,
        description="incoming webhook of Slack, or of what takes the same, for alerts",
    )
    alert_email: str = Field(
        default="",
        repr=False,
        description="who is written to of alerts: smtp://USER:PASSWORD@HOST:PORT?from=…&to=…, or "
        "smtps://",
    )
    alert_command: str = Field(
        default="",
        repr=False,
        description="program that is run of alerts, with the JSON of the webhook as its input",
    )
    alert_mail_domains: str = Field(
        default="",
        description="domains to whose addresses users may have business alerts sent, by the server "
        "of NETFLIX_ALERT_EMAIL, with commas between; empty: to none",
    )
    alert_repeat_hours: float = Field(
        default=4, gt=0, description="hours after which an alert that goes on is told again"
    )
    alert_speed: float = Field(
        default=1,
        gt=0,
        le=10_000,
        description="how many times shorter all windows of alerts are, to try them out",
    )
    traces: bool = Field(
        default=False,
        description="requests, drains and runs are traced by OpenTelemetry, whose own variables "
        "say where to (OTEL_EXPORTER_OTLP_ENDPOINT) and how many (OTEL_TRACES_SAMPLER)",
    )

    _files: dict[str, tuple[str, str]] = PrivateAttr(default_factory=dict)
    """Of settings that named a file: how they did, and what stood in it."""

    @field_validator("*", mode="before")
    @classmethod
    def _secret_validator(cls, told: Any, info: ValidationInfo) -> Any:
        """Read a secret from the file that is named in its place."""
        assert info.field_name is not None
        if not cls._is_secret(info.field_name) or not _names_file(told):
            return told
        path = Path(told.removeprefix(IN_FILE))
        try:
            secret = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"the file cannot be read ({error})") from None
        if not secret:
            raise ValueError("nothing stands in the file")
        return secret

    @model_validator(mode="wrap")
    @classmethod
    def _files_validator(cls, told: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Keep in mind which file a secret stands in: who is started reads it anew."""
        loaded = handler(told)
        for name, value in told.items():
            if _names_file(value) and cls._is_secret(name):
                loaded._files[name] = value, getattr(loaded, name)  # noqa: SLF001 - its own
        return loaded

    @classmethod
    def _is_secret(cls, name: str) -> bool:
        """Whether what a setting says is not shown: it may hold a password."""
        return name in cls.model_fields and not cls.model_fields[name].repr

    @field_validator("home")
    @classmethod
    def _home_validator(cls, home: Path) -> Path:
        """Refuse, before anything is written, a home in which no run could end."""
        path = str(_absolute(home))
        if match := IMPOSSIBLE.search(path):
            raise ValueError(
                f"no table can be kept below a folder with {match[0]} in its name: take another"
            )
        try:
            path.encode()
        except UnicodeEncodeError:
            raise ValueError(
                "no table can be kept below a folder whose name is no UTF-8: take another"
            ) from None
        return home

    @field_validator("cors_origins")
    @classmethod
    def _origins_validator(cls, origins: str) -> str:
        """Refuse what no browser would ever send, and everybody."""
        for origin in _parts(origins):
            if not ORIGIN.fullmatch(origin):
                raise ValueError(
                    f"{origin} is no site: write scheme and host, such as https://example.org, "
                    "without a path; there is no * for all"
                )
        return origins

    @field_validator("assets_url")
    @classmethod
    def _assets_url_validator(cls, url: str) -> str:
        """Refuse what would be no address, or more than one thing in a header."""
        if url and not FILES.fullmatch(url):
            raise ValueError(
                f"{url} is no place of files: write scheme, host and path, such as "
                "https://cdn.example.org/viewing, of letters, digits and . _ ~ -"
            )
        return url.rstrip("/")

    @field_validator("time_zone")
    @classmethod
    def _time_zone_validator(cls, name: str) -> str:
        """Refuse what is no time zone, and name those that are near to it."""
        try:
            time_zones.zone(name)
        except time_zones.UnknownZone as error:
            raise ValueError(str(error)) from None
        return name

    @field_validator("nightly_days")
    @classmethod
    def _nightly_days_validator(cls, told: str) -> str:
        """Refuse a range in which no day can be."""
        first, is_range, last = told.partition("..")
        if is_range and date.fromisoformat(first) > date.fromisoformat(last):
            raise ValueError(f"{first} lies after {last}")
        return told

    @cached_property
    def root(self) -> Path:
        """The home as an absolute path."""
        return _absolute(self.home)

    lake = _below("lake")
    """Folder of the Parquet tables, or of what is kept of them where they lie in a store."""
    serving = _below("serving")
    """Folder of the published snapshots."""
    state = _below("state")
    """Folder of what people put in: nothing here can be recomputed."""
    dagster = _below("dagster")
    """Dagster's home: runs, schedules, asset history."""
    events = _below("events")
    """Folder of the event log."""
    metrics = _below("metrics")
    """Folder in which several processes of the API count what they were asked."""
    monitoring = _below("monitoring")
    """Folder of what processes tell of themselves, and of what is alerted of."""
    labels = _below("labels.toml")
    """What product, titles, metrics and values are called on the dashboard; may be missing."""
    landing = _below("landing")
    """Files put here are taken in by themselves."""
    landed = _below("landed")
    """Files that were taken in."""
    refused = _below("refused")
    """Files that no adapter knows, each beside its reason."""
    sample = _below("sample")
    """Sample data of the demo."""

    def keep_private(self) -> None:
        """Let this process, and those that it starts, write for whom `umask` lets read alone."""
        keep_private(self.root, int(self.umask, 8))

    @property
    def known_hosts(self) -> tuple[str, ...]:
        """The hosts under which the services answer, as requests name them.

        No other: a site whose name somebody points at this machine would read along.
        """
        usual = ("localhost", "127.0.0.1", "[::1]", self._named.lower())
        return tuple(dict.fromkeys((*usual, *(name.lower() for name in _parts(self.hosts)))))

    @property
    def keys_required(self) -> bool:
        """Whether the API answers nobody without a key, and the dashboard nobody unknown."""
        return self.auth == "required" or not is_loopback(self.host)

    @property
    def service_rates(self) -> dict[str, float]:
        """What a replica serves in a second, by kind of demand, where it is said."""
        pairs = (each.partition("=") for each in _parts(self.scaling_rates))
        return {kind: float(rate) for kind, _, rate in pairs}

    @property
    def origins(self) -> tuple[str, ...]:
        """The sites whose scripts may ask the API."""
        return _parts(self.cors_origins)

    @property
    def mail_domains(self) -> tuple[str, ...]:
        """The domains to whose addresses users may have something sent."""
        return tuple(name.lower() for name in _parts(self.alert_mail_domains))

    @property
    def _named(self) -> str:
        """The host as an address names it."""
        return f"[{self.host}]" if ":" in self.host else self.host

    def url(self, port: int) -> str:
        """The address of a service on that port."""
        return f"http://{self._named}:{port}"

    @property
    def oldest_event(self) -> timedelta | None:
        """How long before its receipt an event over HTTP may have happened; None: any time."""
        return timedelta(days=self.event_days_back) if self.event_days_back else None

    def environment(self) -> dict[str, str]:
        """The environment in which another process reads these same settings."""
        values = self.model_dump(mode="json", exclude_none=True)
        # What stands in a file stands in no environment, and is read as it is by then.
        for name, (file, secret) in self._files.items():
            if values[name] == secret:
                values[name] = file
        return {
            **os.environ,
            **{variable(name): str(value) for name, value in values.items()},
            "NETFLIX_HOME": str(self.root),
            "DAGSTER_HOME": str(self.dagster),
            # Its list of fonts: whoever runs a service may have no folder of their own to write to.
            "MPLCONFIGDIR": str(self.root / "matplotlib"),
            # One process counts in memory, which is cheaper.
            **({"PROMETHEUS_MULTIPROC_DIR": str(self.metrics)} if self.api_workers > 1 else {}),
        }


def _names_file(told: object) -> bool:
    return isinstance(told, str) and told.startswith(IN_FILE)


def variable(name: str) -> str:
    """The variable of a setting in the environment; errors tell of it by the one or the other."""
    field = Settings.model_fields.get(name)
    alias = name if field is None else field.validation_alias
    return alias if isinstance(alias, str) else f"{PREFIX}{name.upper()}"


def unknown_variables() -> dict[str, str | None]:
    """Variables like settings that are none, each with the setting of the nearest name."""
    known = {variable(name) for name in Settings.model_fields}
    return {
        told: next(iter(get_close_matches(name, known, 1, 0.8)), None)
        for told, name in sorted((each, each.upper()) for each in os.environ)
        if name.startswith(PREFIX) and name not in known and not OF_KUBERNETES.fullmatch(name)
    }


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _parts(listed: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in listed.split(",") if part.strip())


def _absolute(home: Path) -> Path:
    return home.expanduser().absolute()
