"""As much of a Kubernetes API as a Deployment's rollout needs, on loopback. It is no cluster: it believes whatever it is told.

https://kubernetes.io/docs/reference/using-api/api-concepts/
"""

from __future__ import annotations

import http.server
import json
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

VERBS = ["create", "delete", "get", "list", "patch", "update", "watch"]
# How often a rollout is looked at before it is done.
LOOKS = 3


class Cluster(http.server.ThreadingHTTPServer):
    """One Deployment, or none, in the namespace ``prod``.

    :ivar broken: the tag whose image can't be pulled.
    :ivar asked: every request that changes something, as method and path.
    """

    def __init__(self, broken: str = "") -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.broken = broken
        self.asked: list[str] = []
        self.deployment: dict[str, Any] | None = None
        self.looks = LOOKS
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def kubeconfig(self, directory: Path) -> str:
        path = directory / "kubeconfig"
        server = {"name": "here", "cluster": {"server": f"http://127.0.0.1:{self.server_port}"}}
        context = {"name": "here", "context": {"cluster": "here", "user": "me"}}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "here",
            "clusters": [server],
            "contexts": [context],
        }
        path.write_text(json.dumps({**config, "users": [{"name": "me", "user": {"token": "t"}}]}))
        return str(path)

    @property
    def image(self) -> str:
        assert self.deployment
        return self.deployment["spec"]["template"]["spec"]["containers"][0]["image"]

    def take(self, found: dict[str, Any]) -> None:
        metadata = found["metadata"]
        metadata |= {"generation": metadata.get("generation", 0) + 1, "uid": "1", "resourceVersion": "1"}
        self.deployment, self.looks = found, 0

    def look(self) -> dict[str, Any]:
        """The Deployment, one step further."""
        assert self.deployment
        self.looks += not self.image.endswith(f":{self.broken}") if self.broken else 1
        new = min(2, self.looks)
        done = self.looks >= LOOKS
        status = {"observedGeneration": self.deployment["metadata"]["generation"], "updatedReplicas": new}
        return {**self.deployment, "status": {**status, "replicas": 2 if done else 3, "availableReplicas": 2}}

    def pods(self) -> list[dict[str, Any]]:
        assert self.deployment
        waiting = {"reason": "ImagePullBackOff", "message": f"Back-off pulling image {self.image}"}
        state = {"waiting": waiting} if self.broken and self.image.endswith(f":{self.broken}") else {"running": {}}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "flow-1", "namespace": "prod"}}
        spec = self.deployment["spec"]["template"]["spec"]
        return [
            {
                **pod,
                "spec": spec,
                "status": {"containerStatuses": [{"name": "flow", "restartCount": 0, "state": state}]},
            }
        ]


class Answer(http.server.BaseHTTPRequestHandler):
    """Discovery, the Deployment, its pods."""

    server: Cluster

    def do_GET(self) -> None:
        path = urlsplit(self.path).path.rstrip("/")
        resource = {"namespaced": True, "verbs": VERBS}
        known = {
            "/version": {"major": "1", "minor": "34", "gitVersion": "v1.34.0"},
            "/api": {"kind": "APIVersions", "versions": ["v1"]},
            "/apis": {"kind": "APIGroupList", "groups": [group("apps")]},
            "/api/v1": {
                "kind": "APIResourceList",
                "groupVersion": "v1",
                "resources": [{**resource, "name": "pods", "singularName": "", "kind": "Pod"}],
            },
            "/apis/apps/v1": {
                "kind": "APIResourceList",
                "groupVersion": "apps/v1",
                "resources": [{**resource, "name": "deployments", "singularName": "", "kind": "Deployment"}],
            },
        }
        if path in known:
            self.say(known[path])
        elif path.endswith("/namespaces/prod/deployments/flow") and self.server.deployment:
            self.say(self.server.look())
        elif path.endswith("/namespaces/prod/pods"):
            self.say({"apiVersion": "v1", "kind": "PodList", "metadata": {}, "items": self.server.pods()})
        else:
            self.say({"kind": "Status", "status": "Failure", "code": 404, "reason": "NotFound"}, 404)

    def do_POST(self) -> None:
        self.server.asked.append(f"POST {urlsplit(self.path).path}")
        self.server.take(self.body())
        self.say(self.server.deployment, 201)

    def do_PATCH(self) -> None:
        self.server.asked.append(f"PATCH {urlsplit(self.path).path}")
        assert self.server.deployment
        self.server.take(merged(self.server.deployment, self.body()))
        self.say(self.server.deployment)

    def body(self) -> dict[str, Any]:
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def say(self, content: Any, status: int = 200) -> None:
        told = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *_arguments: Any) -> None:
        pass


def group(name: str) -> dict[str, Any]:
    version = {"groupVersion": f"{name}/v1", "version": "v1"}
    return {"name": name, "versions": [version], "preferredVersion": version}


def merged(old: Any, new: Any) -> Any:
    """A merge patch as far as it is needed here."""
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{key: merged(old.get(key), value) for key, value in new.items()}}
    return new
