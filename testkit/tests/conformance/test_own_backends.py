"""The testkit's own backends hold every rule."""

from __future__ import annotations

from waldur_site_agent_testkit.backends.bulk import BulkBackend
from waldur_site_agent_testkit.backends.memory import MemoryBackend
from waldur_site_agent_testkit.backends.subjects import memory_subject
from waldur_site_agent_testkit.conformance import Conformance, Subject
from waldur_site_agent_testkit.conformance.usernames import UsernameConformance, UsernameSubject

from .naming import DirectoryNames, directory
from .reference import FullBackend, RemoteBackend, UsageOnly, memory


class TestMemoryBackend(Conformance):
    def subject(self) -> Subject:
        return memory_subject(MemoryBackend)


class TestBulkBackend(Conformance):
    def subject(self) -> Subject:
        return memory_subject(BulkBackend)


class TestMemoryBackendThatRetires(Conformance):
    def subject(self) -> Subject:
        return memory_subject(MemoryBackend, soft_delete=True)


class TestNothingBilledByLimits(Conformance):
    def subject(self) -> Subject:
        return memory_subject(UsageOnly)


class TestJustABackend(Conformance):
    def subject(self) -> Subject:
        return Subject(backend=memory_subject(MemoryBackend).backend)


class TestFullBackend(Conformance):
    def subject(self) -> Subject:
        return memory(FullBackend)


class TestRemoteBackend(Conformance):
    def subject(self) -> Subject:
        return memory(RemoteBackend)


class TestDirectoryNames(UsernameConformance):
    def subject(self) -> UsernameSubject:
        return directory(DirectoryNames)
