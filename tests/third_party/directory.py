"""A real LDAP directory of our own: OpenLDAP's slapd, on a port and in a folder of the test's.

``python directory.py`` installs it from Debian's packages.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Self

import ldap3

from waldur_site_agent_testkit.debian import SYSTEM_PATH, Service
from waldur_site_agent_testkit.ports import reserve_ports
from waldur_site_agent_testkit.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

SLAPD = Service("A real LDAP directory", programs=("slapd", "slapadd"), packages=("slapd",))
BASE = "dc=example,dc=org"
ADMIN = f"cn=admin,{BASE}"
PASSWORD = "hush-hush"
CONFIGURATION = """\
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/slapd.pid
database mdb
maxsize 16777216
suffix {base}
rootdn {admin}
rootpw {password}
directory {folder}/data
"""
ENTRIES = f"""\
dn: {BASE}
objectClass: dcObject
objectClass: organization
o: Example
dc: example

dn: ou=People,{BASE}
objectClass: organizationalUnit
ou: People

dn: ou=Groups,{BASE}
objectClass: organizationalUnit
ou: Groups

dn: cn=vpn,ou=Groups,{BASE}
objectClass: posixGroup
cn: vpn
gidNumber: 500
"""
SECONDS = 30


class Directory:
    """A directory with the units People and Groups, and an access group; a context manager."""

    def __init__(self, folder: Path) -> None:
        """Lay out its files; nothing runs yet."""
        (folder / "data").mkdir(parents=True)
        self._configuration = folder / "slapd.conf"
        self._configuration.write_text(
            CONFIGURATION.format(folder=folder, base=BASE, admin=ADMIN, password=PASSWORD)
        )
        (port,) = reserve_ports(1)
        self.uri = f"ldap://127.0.0.1:{port}"
        self._running: subprocess.Popen[bytes] | None = None
        self._slapd("slapadd", text=ENTRIES)

    def start(self) -> None:
        """Start it, with all that it has."""
        words = ["slapd", "-f", str(self._configuration), "-h", self.uri, "-d", "0"]
        self._running = subprocess.Popen(words, env={"PATH": SYSTEM_PATH})  # noqa: S603 - our own words
        wait_until("slapd answers", self._is_answering, seconds=SECONDS)

    def stop(self) -> None:
        """Stop it, if it runs."""
        if self._running is not None:
            self._running.terminate()
            self._running.wait(SECONDS)
            self._running = None

    def people(self) -> dict[str, dict[str, list[str]]]:
        """The attributes of everybody, by uid."""
        return {one["uid"][0]: one for one in self._under("People", "posixAccount")}

    def groups(self) -> dict[str, dict[str, list[str]]]:
        """The attributes of all groups, by name."""
        return {one["cn"][0]: one for one in self._under("Groups", "posixGroup")}

    def add_person(self, uid: str, *, mail: str) -> None:
        """Have somebody in the directory already, as made by hand."""
        attributes = {
            "objectClass": ["inetOrgPerson", "posixAccount"],
            "cn": uid,
            "sn": uid,
            "mail": mail,
            "uidNumber": 12345,
            "gidNumber": 12345,
            "homeDirectory": f"/home/{uid}",
        }
        with ldap3.Connection(self.uri, ADMIN, PASSWORD, auto_bind=True) as connection:
            assert connection.add(f"uid={uid},ou=People,{BASE}", attributes=attributes)

    def _under(self, unit: str, kind: str) -> list[dict[str, list[str]]]:
        with ldap3.Connection(self.uri, ADMIN, PASSWORD, auto_bind=True) as connection:
            connection.search(f"ou={unit},{BASE}", f"(objectClass={kind})", attributes=["*"])
            return [
                {name: [str(value) for value in values] for name, values in found.items()}
                for found in (one.entry_attributes_as_dict for one in connection.entries)
            ]

    def _is_answering(self) -> bool:
        try:
            with ldap3.Connection(self.uri, auto_bind=True):
                return True
        except ldap3.core.exceptions.LDAPException:
            return False

    def _slapd(self, command: str, *, text: str) -> None:
        subprocess.run(  # noqa: S603 - our own words
            [command, "-f", str(self._configuration)],
            env={"PATH": SYSTEM_PATH},
            input=text,
            text=True,
            check=True,
            timeout=SECONDS,
        )

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.stop()


if __name__ == "__main__":
    sys.exit(SLAPD.main())
