"""Images are built on the planned base, from files as they will be, while everything stays as it is; and they tell on what they were built."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import image_base, image_build, images, project_edit
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import edits, image_source
from conftest import REGISTRY

NAME = f"{REGISTRY}/sample-runtime"
COMPOSE = "services: {web: {build: {context: ., args: {TAG: '${TAG:-1.0.0}', API_TOKEN: hunter22}}}}\n"
DOCKERFILE = f"FROM {NAME}:1.0.0\nARG API_TOKEN\nCOPY . /here\nRUN test ! -e /here/fail || (echo $API_TOKEN; exit 3)\n"
BY_ARGUMENT = DOCKERFILE.replace(f"FROM {NAME}:1.0.0", f"ARG TAG\nFROM {NAME}:$TAG")


class Project:
    """A project on this machine with one service that is built."""

    def __init__(self, engine: Engine, directory: Path) -> None:
        self.engine, self.directory = engine, directory
        self.name = directory.name
        (directory / "compose.yaml").write_text(COMPOSE)
        (directory / "Dockerfile").write_text(DOCKERFILE)
        self.base = {"reference": f"{NAME}:1.1.0", "digest": self.digest("1.1.0")}
        self.old = self.by_hand()

    def digest(self, tag: str) -> str:
        self.engine.client.images.pull(NAME, tag)
        return self.engine.local_image(f"{NAME}:{tag}")["digests"][0].rpartition("@")[2]

    def by_hand(self) -> str:
        """As an operator builds it."""
        self.engine.client.images.pull(NAME, "1.0.0")
        command = ["docker", "compose", "--project-directory", str(self.directory), "build", "--quiet"]
        subprocess.run(command, check=True, capture_output=True)
        return self.engine.local_image(f"{self.name}-web")["id"]

    def planned(self, target: str = "1.1.0") -> list[dict[str, Any]]:
        paths = [self.directory / each for each in ("compose.yaml", "Dockerfile", ".env")]
        contents = {str(path): path.read_bytes() for path in paths if path.exists()}
        build = {"context": str(self.directory), "args": {"TAG": "1.0.0"}}
        env_files = [str(paths[2])] if paths[2].exists() else []
        found = image_source.locate_build("web", build, [str(paths[0])], env_files, contents)
        made = edits.to_version([each.as_dict() for each in found], target, None)
        return [{"path": each.path, "before": each.before, "splices": each.splices} for each in made]

    def build(self, planned: list[dict[str, Any]], old: tuple[str, ...] = ()) -> str:
        dockerfile = str(self.directory / "Dockerfile")
        builds = [{"service": "web", "dockerfile": dockerfile}]
        env = self.directory / ".env"
        place = project_edit.Place(
            str(self.directory),
            [str(self.directory / "compose.yaml")],
            env_files=[str(env)] if env.exists() else [],
            images={"web": ""},
            dockerfiles=[dockerfile],
        )
        return image_build.build(self.engine, planned, place, self.name, builds, self.base, old)["web"]

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.directory.iterdir() if path.is_file()}


@pytest.fixture
def project(engine: Engine, tmp_path: Path) -> Iterator[Project]:
    directory = (
        tmp_path / f"ratchettest{tmp_path.parent.name.rpartition('-')[2]}{tmp_path.name[-8:].strip('_').lower()}"
    )
    directory.mkdir()
    made = Project(engine, directory)
    yield made
    for name in (f"{made.name}-web", image_build.name_of(made.name, "web")):
        if engine.local_image(name):
            engine.client.images.remove(name, force=True)


def run(engine: Engine, image: str, *command: str) -> str:
    return engine.client.containers.run(image, list(command), remove=True).decode()


def test_it_is_built_on_the_planned_base_and_nothing_else_changes(engine: Engine, project: Project) -> None:
    before = project.files()
    made = project.build(project.planned())
    assert "1.1.0" in run(engine, made, "sh", "-c", "echo $APP_VERSION")
    assert project.files() == before
    # What Compose would start is still the old one.
    assert engine.local_image(f"{project.name}-web")["id"] == project.old != made
    assert engine.local_image(image_build.name_of(project.name, "web"))["id"] == made


def test_a_second_time_it_is_the_same_image(project: Project) -> None:
    assert project.build(project.planned()) == project.build(project.planned())


def test_once_the_file_is_written_it_is_the_same_image(project: Project) -> None:
    planned = project.planned()
    # Outside of the context, as what is copied is part of the image.
    (project.directory / ".dockerignore").write_text("Dockerfile\n")
    first = project.build(planned)
    (project.directory / "Dockerfile").write_text(DOCKERFILE.replace(":1.0.0", ":1.1.0"))
    assert project.build(planned) == first


def test_a_version_in_an_argument_reaches_the_build_before_it_is_written(engine: Engine, project: Project) -> None:
    (project.directory / "Dockerfile").write_text(BY_ARGUMENT)
    (project.directory / ".env").write_text("TAG=1.0.0\n")
    planned = project.planned()
    assert [each["path"] for each in planned] == [str(project.directory / ".env")]
    assert "1.1.0" in run(engine, project.build(planned), "sh", "-c", "echo $APP_VERSION")
    assert (project.directory / ".env").read_text() == "TAG=1.0.0\n"


def test_what_is_ignored_for_this_dockerfile_alone_stays_out(engine: Engine, project: Project) -> None:
    (project.directory / "secret.txt").write_text("x")
    (project.directory / "Dockerfile.dockerignore").write_text("secret.txt\n")
    assert "secret.txt" not in run(engine, project.build(project.planned()), "ls", "/here")


def test_another_base_than_the_planned_one_is_found_out(project: Project) -> None:
    with pytest.raises(RatchetError, match=r"but not on .*sample-runtime@sha256:"):
        project.build([])  # nothing is edited, so it is built on 1.0.0


def test_a_stale_local_base_is_put_right_before_the_build(engine: Engine, project: Project) -> None:
    engine.client.images.get(f"{NAME}:1.0.0").tag(NAME, "1.1.0")
    images.ensure(engine, [project.base])
    assert "1.1.0" in run(engine, project.build(project.planned()), "sh", "-c", "echo $APP_VERSION")


def test_the_image_that_runs_already_is_no_new_one(project: Project) -> None:
    made = project.build(project.planned())
    with pytest.raises(RatchetError, match="it is the one that runs already"):
        project.build(project.planned(), old=(made,))


def test_a_build_that_fails_says_why_and_no_secret(engine: Engine, project: Project) -> None:
    (project.directory / "fail").write_text("")
    with pytest.raises(RatchetError) as caught:
        project.build(project.planned())
    assert "exit code: 3" in str(caught.value) or "code: 3" in str(caught.value)
    assert "nothing was stopped" in str(caught.value)
    assert "hunter22" not in str(caught.value)
    assert engine.local_image(f"{project.name}-web")["id"] == project.old


def test_a_name_goes_from_one_image_to_the_other(engine: Engine, project: Project) -> None:
    made, name = project.build(project.planned()), f"{project.name}-web"
    wanted = [{"reference": name, "id": made, "instead_of": image_build.name_of(project.name, "web")}]
    assert images.name(engine, wanted, pretend=True)
    assert engine.local_image(name)["id"] == project.old
    assert images.name(engine, wanted)
    assert engine.local_image(name)["id"] == made
    assert engine.local_image(wanted[0]["instead_of"]) is None
    assert not images.name(engine, wanted)


def test_no_name_goes_anywhere_when_an_image_is_gone(engine: Engine, project: Project) -> None:
    made, name = project.build(project.planned()), f"{project.name}-web"
    gone = {"reference": f"{name}-other", "id": "sha256:" + "0" * 64}
    with pytest.raises(RatchetError, match="is gone, and no registry has it"):
        images.name(engine, [{"reference": name, "id": made}, gone])
    assert engine.local_image(name)["id"] == project.old


def test_an_image_tells_its_base_by_its_labels(engine: Engine, project: Project) -> None:
    found = image_base.of(engine, project.build(project.planned()), f"{NAME}:1.0.0")
    assert (found["reference"], found["digests"]) == (f"{NAME}:1.1.0", [f"{NAME}@{project.base['digest']}"])


def test_an_image_that_was_built_by_hand_tells_it_by_its_layers(engine: Engine, project: Project) -> None:
    # Whatever the file says by now.
    found = image_base.of(engine, project.old, f"{NAME}:1.1.0")
    assert (found["reference"], found["contradicts"]) == (f"{NAME}:1.0.0", False)
    assert found["digests"] == [f"{NAME}@{project.digest('1.0.0')}"]


def test_an_image_of_another_base_contradicts_the_file(engine: Engine, project: Project) -> None:
    assert image_base.of(engine, project.old, f"{REGISTRY}/not-here:3")["reference"] == ""
    engine.client.images.pull(f"{REGISTRY}/postgres", "17")
    assert image_base.of(engine, project.old, f"{REGISTRY}/postgres:17")["contradicts"]
    assert image_base.of(engine, "sha256:" + "0" * 64, f"{NAME}:1.0.0") == {
        "reference": "",
        "digests": [],
        "contradicts": False,
    }
