"""A Moab Accounting Manager that answers the command lines of version 9, as far as they are known.

It is strict: an option that a tool does not have is refused as the tool refuses it, and so is what
is not there. Tests have it in their own process, or as executables with their state on disk
(``python mam_standin.py PROGRAM …`` beside a ``mam.json``).
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    State = dict[str, Any]

EXIT_USAGE, EXIT_REFUSED, EXIT_DOWN = 2, 74, 22
DOWN = "Failed sending message: (Unable to connect to socket (Connection refused)).\n"
FLAGS = {"--raw", "--quiet"}
OPTIONS = {
    "mam-list-accounts": {"-a", "--show"},
    "mam-list-funds": {"-a", "-u", "-f", "--show"},
    "mam-list-usagerecords": {"-a", "-u", "-s", "-e", "--show"},
    "mam-create-account": {"-a", "-d", "-o"},
    "mam-create-fund": {"-a", "-n"},
    "mam-deposit": {"-a", "-f", "-z"},
    "mam-withdraw": {"-f", "-z"},
    "mam-modify-account": {"-a", "--add-user", "--del-user"},
    "mam-delete-account": {"-a"},
    "mam-delete-fund": {"-f"},
}
SHOWN = {
    "mam-list-accounts": {"Name", "Active", "Users", "Organization", "Description"},
    "mam-list-funds": {"Id", "Name", "Constraints", "Balance", "Allocated"},
    "mam-list-usagerecords": {"Account", "User", "Charge", "EndTime"},
}


class RefusedError(Exception):
    """MAM's no: what it writes, and its exit code."""

    def __init__(self, said: str, code: int = EXIT_REFUSED) -> None:
        super().__init__(said)
        self.said, self.code = said, code


def empty_state() -> State:
    return {
        "accounts": {},
        "funds": {},
        "records": [],
        "next_fund": 1,
        "strangers": [],
        "refuses": [],
        "calls": [],
        "troubles": [],
    }


class Mam:
    """One MAM; ``state`` is all there is of it, and fits into JSON."""

    def __init__(self, state: State | None = None) -> None:
        self.state = empty_state() if state is None else state

    # What tests do and see

    def charge(self, account: str, user: str, amount: str, at: str = "2026-11-10T12:00:00") -> None:
        record = {"account": account, "user": user, "charge": amount, "at": at}
        self.state["records"].append(record)
        for fund in self.funds_of(account):
            fund["balance"] = str(Decimal(fund["balance"]) - Decimal(amount))

    def funds_of(self, account: str) -> list[State]:
        """The funds that are the account's alone."""
        own = [f"Account={account}"]
        return [fund for fund in self.state["funds"].values() if fund["constraints"] == own]

    def given(self, account: str) -> Decimal:
        """What an account was given, over all of its funds."""
        return sum((Decimal(fund["allocated"]) for fund in self.funds_of(account)), Decimal(0))

    def users(self, account: str) -> list[str]:
        return sorted(self.state["accounts"][account]["users"])

    def commands(self) -> list[str]:
        return [call[0] for call in self.state["calls"]]

    def writes(self) -> list[list[str]]:
        return [call for call in self.state["calls"] if "-list-" not in call[0]]

    # Answering

    def answer(self, argv: Sequence[str]) -> str:
        """What a tool writes. Raises RefusedError."""
        program = argv[0].rsplit("/", 1)[-1]
        self.state["calls"].append([program, *argv[1:]])
        options, flags = self._options(program, argv[1:])
        if program in self.state["refuses"]:
            raise RefusedError("User waldur is not authorized to perform this function\n")
        act = getattr(self, "_" + program.removeprefix("mam-").replace("-", "_"))
        said = act(options)
        assert said is None or {"--raw", "--quiet"} <= flags, "a table cannot be read"
        return said or ""

    @staticmethod
    def _options(program: str, words: Sequence[str]) -> tuple[dict[str, str], set[str]]:
        options: dict[str, str] = {}
        flags: set[str] = set()
        left = list(words)
        while left:
            word = left.pop(0)
            if word in FLAGS:
                flags.add(word)
            elif word in OPTIONS[program] and left and word not in options:
                options[word] = left.pop(0)
            else:
                raise RefusedError(f"Unknown option: {word.lstrip('-')}\nUsage:\n", EXIT_USAGE)
        return options, flags

    def _account(self, name: str) -> State:
        if name not in self.state["accounts"]:
            raise RefusedError(f"Account {name} does not exist\n")
        return self.state["accounts"][name]

    def _fund(self, number: str) -> State:
        if number not in self.state["funds"]:
            raise RefusedError(f"Fund {number} does not exist\n")
        return self.state["funds"][number]

    @staticmethod
    def _listed(program: str, options: dict[str, str], rows: list[dict[str, str]]) -> str:
        columns = options["--show"].split(",")
        for column in columns:
            if column not in SHOWN[program]:
                raise RefusedError(f"{column} is not a valid attribute\n")
        return "".join("|".join(row[column] for column in columns) + "\n" for row in rows)

    def _list_accounts(self, options: dict[str, str]) -> str:
        rows = [
            {
                "Name": name,
                "Active": "True",
                "Organization": account["organization"],
                "Description": account["description"],
                "Users": ",".join(mark + user for user, mark in account["users"].items()),
            }
            for name, account in self.state["accounts"].items()
        ]
        return self._listed("mam-list-accounts", options, rows)

    def _list_funds(self, options: dict[str, str]) -> str:
        rows = [
            {
                "Id": number,
                "Name": "",
                "Constraints": ",".join(fund["constraints"]),
                "Balance": f"{Decimal(fund['balance']):.3f}",
                "Allocated": f"{Decimal(fund['allocated']):.3f}",
            }
            for number, fund in self.state["funds"].items()
        ]
        return self._listed("mam-list-funds", options, rows)

    def _list_usagerecords(self, options: dict[str, str]) -> str:
        rows = [
            {
                "Account": record["account"],
                "User": record["user"],
                "Charge": record["charge"],
                "EndTime": record["at"],
            }
            for record in self.state["records"]
            if options["-s"] <= record["at"] <= options["-e"]
        ]
        return self._listed("mam-list-usagerecords", options, rows)

    def _create_account(self, options: dict[str, str]) -> None:
        name = options["-a"]
        if name in self.state["accounts"]:
            raise RefusedError(f"Account {name} already exists\n")
        self.state["accounts"][name] = {
            "description": options.get("-d", ""),
            "organization": options.get("-o", ""),
            "users": {},
        }

    def _create_fund(self, options: dict[str, str]) -> None:
        self._account(options["-a"])
        number = str(self.state["next_fund"])
        self.state["next_fund"] += 1
        self.state["funds"][number] = {
            "constraints": [f"Account={options['-a']}"],
            "balance": "0",
            "allocated": "0",
        }

    def _deposit(self, options: dict[str, str]) -> None:
        self._account(options["-a"])
        self._move(self._fund(options["-f"]), Decimal(options["-z"]), sign=1)

    def _withdraw(self, options: dict[str, str]) -> None:
        fund, amount = self._fund(options["-f"]), Decimal(options["-z"])
        if amount > Decimal(fund["balance"]):
            raise RefusedError("Insufficient balance in fund\n")
        self._move(fund, amount, sign=-1)

    @staticmethod
    def _move(fund: State, amount: Decimal, *, sign: int) -> None:
        if amount <= 0:
            raise RefusedError("The amount must be greater than zero\n")
        for key in ("balance", "allocated"):
            fund[key] = str(Decimal(fund[key]) + sign * amount)

    def _modify_account(self, options: dict[str, str]) -> None:
        account = self._account(options["-a"])
        if "--add-user" in options:
            user = options["--add-user"].removeprefix("+")
            if user in self.state["strangers"]:
                raise RefusedError(f"User {user} does not exist\n")
            if user in account["users"]:
                raise RefusedError(f"{user} is already a member of the account\n")
            account["users"][user] = ""
        if "--del-user" in options:
            if options["--del-user"] not in account["users"]:
                raise RefusedError(f"{options['--del-user']} is not a member of the account\n")
            del account["users"][options["--del-user"]]

    def _delete_account(self, options: dict[str, str]) -> None:
        """A fund's constraint to the account goes with it: then anybody may spend what is left."""
        self._account(options["-a"])
        del self.state["accounts"][options["-a"]]
        for fund in self.funds_of(options["-a"]):
            fund["constraints"] = []

    def _delete_fund(self, options: dict[str, str]) -> None:
        self._fund(options["-f"])
        del self.state["funds"][options["-f"]]


# As executables


def install(folder: Path) -> None:
    """Lay executables out in a folder, with an empty MAM beside them."""
    for program in OPTIONS:
        script = folder / program
        line = f'exec "{sys.executable}" -IS "{Path(__file__).resolve()}" "{folder}" {program} "$@"'
        script.write_text(f"#!/bin/sh\n{line}\n")
        script.chmod(0o755)
    save(folder, empty_state())


def load(folder: Path) -> State:
    return json.loads((folder / "mam.json").read_text(encoding="utf-8"))


def save(folder: Path, state: State) -> None:
    (folder / "mam.new").write_text(json.dumps(state, indent=1), encoding="utf-8")
    (folder / "mam.new").replace(folder / "mam.json")


def trouble_for(state: State, program: str) -> str:
    """What is to go wrong at this call: ``down``, ``hang``, ``warns``, or the caller ``killed``."""
    for trouble in state["troubles"]:
        if trouble["program"] in (program, "*") and trouble["times"]:
            if trouble["after"]:
                trouble["after"] -= 1
                return ""
            trouble["times"] -= 1
            return trouble["kind"]
    return ""


def hang() -> None:
    """Answer nothing for as long as somebody waits."""
    caller = os.getppid()
    while os.getppid() == caller:
        time.sleep(0.1)


def serve(folder: Path, program: str, words: list[str]) -> int:
    """Answer one command; whoever started it may not live to read the answer."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        state = load(folder)
        kind = trouble_for(state, program)
        if kind == "down":
            state["calls"].append([program, *words])
            save(folder, state)
            sys.stderr.write(DOWN)
            return EXIT_DOWN
        if kind == "hang":
            save(folder, state)
            hang()
        try:
            said, code = Mam(state).answer([program, *words]), 0
        except RefusedError as error:
            said, code = error.said, error.code
        save(folder, state)
    if kind == "killed":
        os.kill(os.getppid(), signal.SIGKILL)
    if kind == "warns":
        said = warn_in_the_middle_of(said)
    sys.stdout.write(said)
    return code


def warn_in_the_middle_of(said: str) -> str:
    """Write half an answer and a warning, as a full buffer does; return what is left."""
    middle = len(said) // 2
    sys.stdout.write(said[:middle])
    sys.stdout.flush()
    sys.stderr.write("WARNING: the log | cannot | be rotated\n")
    sys.stderr.flush()
    return said[middle:]


if __name__ == "__main__":
    sys.exit(serve(Path(sys.argv[1]), sys.argv[2], sys.argv[3:]))
