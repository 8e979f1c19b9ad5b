"""A Slurm in memory that answers command lines as Slurm 22.05 was seen to.

It is strict: a command line that the plugin is not known to send fails the test.
"""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from waldur_site_agent.backend.commands import Completed
from waldur_site_agent.backend.exceptions import BackendUnavailableError
from waldur_site_agent_slurm.backend import SlurmBackend
from waldur_site_agent_slurm.client import SlurmClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

CLUSTER = "hpc"
DOWN = Completed(1, "sacctmgr: error: Sending PersistInit msg: Connection refused\n")
NO_CONTROLLER = Completed(
    1, "slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n"
)
NO_UPDATE = Completed(
    1,
    'sacctmgr: error: slurm_set_addr: Unable to resolve ""\n'
    "sacctmgr: error: update cluster: No error to hpc at (0)\n",
)


@dataclass
class FakeAccount:
    parent: str
    description: str = ""
    organization: str = ""
    qos: set[str] = field(default_factory=lambda: {"normal"})
    default_qos: str = ""
    limits: dict[str, int] = field(default_factory=dict)
    submit: str = ""
    fairshare: str = "1"
    max_limits: dict[str, int] = field(default_factory=dict)
    group_tres: dict[str, int] = field(default_factory=dict)
    used: int = 0
    users: dict[str, dict[str, Any]] = field(default_factory=dict)


class FakeSlurm:
    """One cluster. ``before`` and ``after`` are called around every command."""

    def __init__(self) -> None:
        self.accounts = {"root": FakeAccount(parent="", description="default root account")}
        self.accounts["root"].users["root"] = {"partitions": [""], "qos": ""}
        self.default_accounts: dict[str, str] = {}
        self.all_qos = {"normal", "paused", "slow", "extra"}
        self.qos_words: dict[str, list[str]] = {}
        self.tres = ["cpu", "mem", "node", "billing", "gres/gpu"]
        self.jobs: dict[int, tuple[str, str, str]] = {}
        self.slow_jobs = 0
        self.accounting: list[str] = []
        self.accounting_since: dict[int, list[str]] = {}
        self.unwanted: set[str] = set()
        self.takes_accounts = True
        self.runs_cut: list[str] = []
        self.runs_whole: list[str] = []
        self.is_streaming = False
        self.refuses_loads = False
        self.refuses_scripts = False
        self.refused_words: set[str] = set()
        self.admin_levels = {"waldur": "Administrator"}
        self.private_data = "none"
        self.is_up = True
        self.has_controller = True
        self.lines: list[list[str]] = []
        self.given: list[str] = []
        self.before: Callable[[int], None] = lambda _n: None
        self.after: Callable[[int], None] = lambda _n: None

    # What tests look at

    @property
    def programs(self) -> list[str]:
        return [line[0].rsplit("/", 1)[-1] for line in self.lines]

    @property
    def writes(self) -> list[list[str]]:
        return [line for line in self.lines if "--immediate" in line or line[0].endswith("scancel")]

    def state(self) -> object:
        return (
            {name: vars(account) for name, account in self.accounts.items()},
            self.default_accounts,
            self.all_qos,
        )

    def users(self, account: str) -> list[str]:
        return sorted(self.accounts[account].users)

    # Running

    def run(self, argv: Sequence[str], *, timeout: float, given: str = "") -> Completed:
        assert timeout > 0
        self.lines.append(list(argv))
        self.given.append(given)
        number = len(self.lines)
        self.before(number)
        answer = self._carry_out(argv, given) if given else self._answer(list(argv))
        self.after(number)
        return answer

    def stream(self, argv: Sequence[str], *, timeout: float) -> Iterator[str]:
        assert timeout > 0
        self.lines.append(list(argv))
        assert self.programs[-1] == "sacct"
        self.is_streaming = True
        try:
            yield from self._accounting_of(argv)
            if not self.is_up:
                raise BackendUnavailableError("sacct: error: Connection refused")
        finally:
            self.is_streaming = False

    def _accounting_of(self, argv: Sequence[str]) -> list[str]:
        if not any(word.startswith("--jobs=") for word in argv):
            return [*self.accounting, *self._accounting_since(argv)]
        return self.runs_cut if "--truncate" in argv else self.runs_whole

    def _accounting_since(self, argv: Sequence[str]) -> list[str]:
        """Jobs of the month that begins where the window does."""
        (start,) = (w for w in argv if w.startswith("--starttime=uts"))
        return self.accounting_since.get(int(start.removeprefix("--starttime=uts")), [])

    def _carry_out(self, argv: Sequence[str], given: str) -> Completed:
        if not self.is_up:
            return DOWN
        if "load" in argv:
            assert "file=/dev/stdin" in argv
            return self._load(given)
        if self.refuses_scripts:
            return Completed(1, "sacctmgr: error: No such command\n")
        answers = []
        for line in given.splitlines():
            answer = self._answer([*argv, *line.split(" ")])
            answers.append(Completed(answer.exit_code, f"sacctmgr: {line}\n{answer.output}"))
        return Completed(max(a.exit_code for a in answers), "".join(a.output for a in answers))

    def _load(self, given: str) -> Completed:
        first, *lines = given.splitlines()
        assert first == f"Cluster - '{CLUSTER}'"
        if self.refuses_loads:
            return Completed(1, " Your user does not have sufficient privileges to load files.\n")
        parent = ""
        for line in lines:
            kind, _, rest = line.partition(" - ")
            name, *words = (word.strip("'") for word in rest.replace("='", "=").split(":"))
            if kind == "Parent":
                parent = name
                assert parent in self.accounts
            else:
                assert kind == "User"
                self._load_user(name, parent, self._pairs(words))
        return Completed(0, "Users\n bob root\n---------\n")

    def _load_user(self, name: str, parent: str, words: dict[str, str]) -> None:
        if name in self.unwanted:
            return
        default = words.get("DefaultAccount", self.default_accounts.get(name, parent))
        assert words["Fairshare"] == "parent"
        grant = {"partitions": [words.get("Partition", "")], "qos": words.get("QOS", "")}
        known = self.accounts[parent].users.setdefault(name, grant)
        if known is not grant:
            known["partitions"] = [*known["partitions"], *grant["partitions"]]
        assert name in self.accounts[default].users, "a default account comes first"
        self.default_accounts[name] = default

    def _answer(self, argv: list[str]) -> Completed:
        program = argv[0].rsplit("/", 1)[-1]
        words = [word for word in argv[1:] if not word.startswith("--")]
        if program in ("squeue", "scancel"):
            return getattr(self, f"_{program}")(argv) if self.has_controller else NO_CONTROLLER
        if program in ("sacct", "xfs_quota"):
            return Completed(0, "")
        assert program == "sacctmgr", f"nobody should run {argv}"
        if not words:
            return Completed(0, "slurm-wlm 22.05.8\n")
        if not self.is_up:
            return DOWN
        return getattr(self, f"_{words[0]}_{words[1]}")(words[2:])

    @staticmethod
    def _pairs(words: Sequence[str]) -> dict[str, str]:
        return dict(word.split("=", 1) for word in words if word not in ("where", "set"))

    def _changes(self, words: list[str]) -> tuple[dict[str, str], dict[str, str]]:
        at = words.index("set")
        where = self._pairs(words[:at])
        assert where["cluster"] == CLUSTER
        return where, self._pairs(words[at:])

    # Reads

    def _show_assoc(self, words: list[str]) -> Completed:
        if self._pairs(words)["cluster"] != CLUSTER:
            return Completed(0, "")
        return Completed(0, "".join(f"{row}\n" for row in self._rows()))

    def _rows(self) -> list[str]:
        rows = []
        for name, account in self.accounts.items():
            limits, most, held = (
                ",".join(f"{k}={self._shown(k, v)}" for k, v in kind.items())
                for kind in (account.limits, account.max_limits, account.group_tres)
            )
            qos = ",".join(sorted(account.qos))
            rows.append(
                f"{CLUSTER}|{name}||{account.parent}||{qos}|{account.default_qos}"
                f"|{limits}|{most}|{account.submit}|{account.fairshare}|{held}"
            )
            for user, grant in account.users.items():
                own_limits = {**account.max_limits, **grant.get("limits", {})}
                max_limits = ",".join(f"{k}={v}" for k, v in own_limits.items())
                own = grant.get("qos") or qos
                rows += [
                    f"{CLUSTER}|{name}|{user}||{p}|{own}|||{max_limits}||parent|"
                    for p in grant["partitions"]
                ]
        return rows

    @staticmethod
    def _shown(tres: str, amount: int) -> str:
        if tres != "mem" or amount == 0:
            return str(amount)
        return f"{amount / 1024:.2f}G" if amount % 512 == 0 else f"{amount}M"

    def _show_account(self, _words: list[str]) -> Completed:
        rows = [f"{n}|{a.organization}|{a.description}" for n, a in self.accounts.items()]
        return Completed(0, "".join(f"{row}\n" for row in rows))

    def _show_qos(self, _words: list[str]) -> Completed:
        return Completed(0, "".join(f"{name}\n" for name in sorted(self.all_qos)))

    def _show_user(self, words: list[str]) -> Completed:
        named = self._pairs(words).get("name")
        if named and self._pairs(words)["format"] == "User,AdminLevel":
            level = self.admin_levels.get(named)
            return Completed(0, f"{named}|{level}\n" if level else "")
        names = named.split(",") if named else sorted(self.default_accounts)
        rows = [f"{n}|{self.default_accounts[n]}\n" for n in names if n in self.default_accounts]
        return Completed(0, "".join(rows))

    def _show_config(self, _words: list[str]) -> Completed:
        mine = "Configuration data as of today\nPrivateData            = jobs,users\n"
        owner = "SlurmUser              = slurm(64030)\n"
        theirs = f"PrivateData            = {self.private_data}\n{owner}"
        return Completed(0, f"{mine}\nSlurmDBD configuration:\n{theirs}\n")

    def _list_tres(self, _words: list[str]) -> Completed:
        return Completed(0, "".join(f"{name.replace('/', '|')}\n" for name in self.tres))

    def _list_cluster(self, _words: list[str]) -> Completed:
        return Completed(0, f"{CLUSTER}\n")

    # Accounts

    def _add_account(self, words: list[str]) -> Completed:
        pairs = self._pairs(words)
        name, parent = pairs["name"].lower(), pairs.get("parent", "root")
        if not self.takes_accounts:
            return Completed(1, " Your user doesn't have privilege to perform this action.\n")
        if name in self.accounts:
            return Completed(1, " Nothing new added.\n")
        if parent not in self.accounts:
            return Completed(1, f" Parent account '{parent}' doesn't exist on cluster {CLUSTER}\n")
        above = self.accounts[parent]
        self.accounts[name] = FakeAccount(
            parent, pairs["description"], pairs["organization"], set(above.qos), above.default_qos
        )
        if "GrpTRESMins" in pairs:
            self._merge(self.accounts[name].limits, pairs["GrpTRESMins"])
        return Completed(0, f" Adding Account(s)\n  {name}\n")

    def _remove_account(self, words: list[str]) -> Completed:
        name = self._pairs(words)["name"]
        if name not in self.accounts:
            return Completed(1, " Nothing deleted\n")
        if self._active(name, None):
            return Completed(1, " Error with request: Job(s) active, cancel job(s) before remove\n")
        gone = [name, *(n for n, a in self.accounts.items() if a.parent == name)]
        for each in gone:
            del self.accounts[each]
        return Completed(0, " Deleting account associations...\n")

    def _modify_account(self, words: list[str]) -> Completed:
        where, changes = self._changes(words)
        account = self.accounts.get(where["name"])
        if account is None:
            return Completed(1, " Nothing modified\n")
        if self.refused_words & set(words):
            return Completed(1, "sacctmgr: error: slurmdb_format_tres_str: no TRES known\n")
        if "RawUsage" in changes:
            return self._reset_usage(account, changes)
        for key, value in changes.items():
            refusal = getattr(self, f"_set_{key.lower()}")(account, value, changes)
            if refusal:
                return refusal
        return Completed(0, " Modified account associations...\n")

    def _set_parent(self, account: FakeAccount, value: str, _changes: object) -> Completed | None:
        if account.parent == value:
            return Completed(1, " Nothing modified\n")
        account.parent = value
        return None

    def _set_description(
        self, account: FakeAccount, value: str, _changes: object
    ) -> Completed | None:
        account.description = value.lower()
        return None

    def _set_grptresmins(
        self, account: FakeAccount, value: str, _changes: object
    ) -> Completed | None:
        self._merge(account.limits, value)
        return None

    def _reset_usage(self, account: FakeAccount, changes: dict[str, str]) -> Completed:
        assert changes == {"RawUsage": "0"}, "Slurm would leave the others out"
        if self.admin_levels.get("waldur") != "Administrator":
            return Completed(1, "")
        if not self.has_controller:
            return NO_UPDATE
        account.used = 0
        return Completed(0, "")

    def _set_maxtresmins(
        self, account: FakeAccount, value: str, _changes: object
    ) -> Completed | None:
        self._merge(account.max_limits, value)
        return None

    def _set_grptres(self, account: FakeAccount, value: str, _changes: object) -> Completed | None:
        self._merge(account.group_tres, value)
        return None

    def _set_fairshare(
        self, account: FakeAccount, value: str, _changes: object
    ) -> Completed | None:
        account.fairshare = value
        return None

    def _merge(self, limits: dict[str, int], value: str) -> None:
        for item in value.split(","):
            name, amount = item.split("=")
            assert name in self.tres, f"no TRES {name}"
            limits[name] = int(amount)
            if limits[name] == -1:
                del limits[name]

    def _set_qos(
        self, account: FakeAccount, value: str, changes: dict[str, str]
    ) -> Completed | None:
        names = set(value.split(","))
        if not names <= self.all_qos:
            return Completed(1, "sacctmgr: error: You gave a bad qos\n")
        default = changes.get("DefaultQOS", account.default_qos)
        if default and default not in names:
            return Completed(0, " These associations don't have access to their default qos.\n")
        account.qos = names
        return None

    def _set_defaultqos(
        self, account: FakeAccount, value: str, _changes: object
    ) -> Completed | None:
        assert value in account.qos
        account.default_qos = value
        return None

    def _set_grpsubmitjobs(
        self, account: FakeAccount, value: str, _changes: object
    ) -> Completed | None:
        account.submit = "" if value == "-1" else value
        return None

    # Users

    def _add_user(self, words: list[str]) -> Completed:
        pairs = self._pairs(words)
        answers = [
            self._add_to({**pairs, "account": account}) for account in pairs["account"].split(",")
        ]
        return min(answers, key=lambda answer: answer.exit_code)

    def _add_to(self, pairs: dict[str, str]) -> Completed:
        account = self.accounts.get(pairs["account"])
        default = pairs.get("DefaultAccount", pairs["account"])
        if account is None or default not in self.accounts:
            return Completed(1, " This account doesn't exist.\n")
        new = [name for name in pairs["name"].split(",") if name not in account.users]
        if self.unwanted.intersection(new):
            return Completed(1, " A user is not taken.\n")
        grant = {
            "partitions": pairs.get("Partitions", "").split(","),
            "qos": pairs.get("QosLevel", ""),
        }
        for name in new:
            account.users[name] = dict(grant)
            self.accounts[default].users.setdefault(name, dict(grant))
            if "DefaultAccount" in pairs or name not in self.default_accounts:
                self.default_accounts[name] = default
        return Completed(0 if new else 1, "" if new else " Nothing new added.\n")

    def _remove_user(self, words: list[str]) -> Completed:
        pairs = self._pairs(words)
        accounts = pairs["account"].split(",")
        names = pairs["name"].split(",")
        found = [(a, n) for a in accounts for n in names if n in self._users_in(a)]
        if not found:
            return Completed(1, " Nothing deleted\n")
        if any(self._active(account, name) for account, name in found):
            return Completed(1, " Error with request: Job(s) active, cancel job(s) before remove\n")
        gone = Counter(name for _, name in found)
        others = any(self._count(name) > gone[name] for name in gone)
        if others and any(self.default_accounts[name] == account for account, name in found):
            return Completed(1, " Error with request: You can not remove the default account\n")
        for account, name in found:
            del self.accounts[account].users[name]
        return Completed(0, " Deleting user associations...\n")

    def _users_in(self, account: str) -> dict[str, dict[str, Any]]:
        return self.accounts[account].users if account in self.accounts else {}

    def _count(self, user: str) -> int:
        return sum(user in account.users for account in self.accounts.values())

    def _modify_user(self, words: list[str]) -> Completed:
        where, changes = self._changes(words)
        names = where["name"].split(",")
        if "DefaultAccount" in changes:
            new = changes["DefaultAccount"]
            assert all(name in self.accounts[new].users for name in names)
            self.default_accounts.update(dict.fromkeys(names, new))
            return Completed(0, " Modified users...\n")
        account = self.accounts[where["account"]]
        for name in names:
            self._merge(account.users[name].setdefault("limits", {}), changes["MaxTRESMins"])
        return Completed(0, " Modified user associations...\n")

    # QoS

    def _add_qos(self, words: list[str]) -> Completed:
        name = self._pairs(words)["name"]
        if name in self.all_qos:
            return Completed(1, " Nothing new added.\n")
        self.all_qos.add(name)
        self.qos_words[name] = words
        return Completed(0, " Adding QOS(s)\n")

    def _remove_qos(self, words: list[str]) -> Completed:
        self.all_qos.remove(self._pairs(words)["name"])
        return Completed(0, " Deleting QOS(s)...\n")

    # Jobs: one that is cancelled is seen to end ``slow_jobs`` looks later

    def start_job(self, account: str, user: str) -> None:
        self.jobs[len(self.jobs) + 1] = (account, user, "RUNNING")

    def _active(self, account: str, user: str | None) -> bool:
        return any(
            job[0] == account and user in (None, job[1]) and job[2] != "CANCELLED"
            for job in self.jobs.values()
        )

    def _squeue(self, argv: list[str]) -> Completed:
        named = [w.removeprefix("--account=") for w in argv if w.startswith("--account=")]
        accounts = named[0].split(",") if named else list(self.accounts)
        for number, job in self.jobs.items():
            if job[2] == "COMPLETING" and self.slow_jobs <= 0:
                self.jobs[number] = (*job[:2], "CANCELLED")
        self.slow_jobs -= 1
        rows = [f"{n}|{j[1]}|{j[2]}|{j[0]}\n" for n, j in self.jobs.items() if j[0] in accounts]
        return Completed(0, "".join(rows))

    def _scancel(self, argv: list[str]) -> Completed:
        named = [w.removeprefix("--account=") for w in argv if w.startswith("--account=")]
        ids = {int(word) for word in argv[1:] if word.isdecimal()}
        for number, job in self.jobs.items():
            if number in ids or job[0] in named:
                self.jobs[number] = (*job[:2], "COMPLETING")
        return Completed(0, "")


class FakedBackend(SlurmBackend):
    """The plugin with its commands answered in memory, and its programs all installed."""

    def __init__(
        self, slurm: FakeSlurm, settings: dict[str, Any], components: dict[str, Any]
    ) -> None:
        self._slurm = slurm
        super().__init__(settings, components)

    def make_client(self, settings: Any) -> SlurmClient:
        return FakedClient(settings, runner=self._slurm.run, streamer=self._slurm.stream)


class FakedClient(SlurmClient):
    def has_program(self, name: str) -> bool:
        del name
        return True

    def runs_as(self) -> str:
        return "waldur"


SETTINGS = {
    "default_account": "root",
    "customer_prefix": "c_",
    "project_prefix": "p_",
    "allocation_prefix": "a_",
    "cluster_name": CLUSTER,
    "require_unix_accounts": False,
    "enable_user_homedir_account_creation": False,
    "job_wait_seconds": 5,
}
COMPONENTS = {
    "cpu": {"unit_factor": 60000, "accounting_type": "limit"},
    "mem": {"unit_factor": 61440, "accounting_type": "limit"},
}


def resource_of(**changes: Any) -> Any:
    fields: dict[str, Any] = {
        "uuid": uuid.UUID(int=7),
        "name": "My allocation",
        "slug": "x1",
        "backend_id": "a_x1",
        "limits": {"cpu": 2, "mem": 3},
        "attributes": {},
        "project_slug": "proj",
        "project_name": "Project",
        "customer_slug": "cust",
        "customer_name": "Customer",
        "created": None,
        "end_date": None,
    }
    return SimpleNamespace(**{**fields, **changes})


@pytest.fixture
def slurm() -> FakeSlurm:
    return FakeSlurm()


@pytest.fixture
def make_resource() -> Callable[..., Any]:
    return resource_of


@pytest.fixture
def make_backend(
    slurm: FakeSlurm, make_backend_on: Callable[..., FakedBackend]
) -> Callable[..., Any]:
    def make(components: dict[str, Any] | None = None, **settings: Any) -> FakedBackend:
        return make_backend_on(slurm, components, **settings)

    return make


@pytest.fixture
def new_slurm() -> type[FakeSlurm]:
    return FakeSlurm


@pytest.fixture
def make_backend_on(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., FakedBackend]:
    locks = str(tmp_path_factory.mktemp("locks"))

    def make(
        slurm: FakeSlurm, components: dict[str, Any] | None = None, **settings: Any
    ) -> FakedBackend:
        merged = {**SETTINGS, "lock_directory": locks, **settings}
        return FakedBackend(slurm, merged, COMPONENTS if components is None else components)

    return make


@pytest.fixture
def backend(make_backend: Callable[..., Any]) -> FakedBackend:
    return make_backend()


@pytest.fixture
def killed() -> type[Exception]:
    """What a command raises whose effect is unknown."""
    return BackendUnavailableError
