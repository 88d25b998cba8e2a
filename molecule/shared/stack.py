"""What a swarm's manager shows of a stack, as JSON: its services, their tasks on all nodes, and its file. Runs on the manager."""

from __future__ import annotations

import hashlib
import json
import pathlib

import docker

api = docker.from_env().api
nodes = {each["ID"]: each["Description"]["Hostname"] for each in api.nodes()}


def tasks(service):
    return sorted(
        (
            {
                "node": nodes[each["NodeID"]],
                "image": each["Spec"]["ContainerSpec"]["Image"],
                "state": each["Status"]["State"],
                "container": (each["Status"].get("ContainerStatus") or {}).get("ContainerID"),
            }
            for each in api.tasks(filters={"service": service, "desired-state": "running"})
        ),
        key=lambda each: each["node"],
    )


def file():
    path = pathlib.Path("/opt/sample/docker-stack.yml")
    content = path.read_bytes()
    status = path.stat()
    return {"sha256": hashlib.sha256(content).hexdigest(), "mode": oct(status.st_mode), "text": content.decode()}


print(
    json.dumps(
        {
            "services": {
                each["Spec"]["Name"]: {
                    "version": each["Version"]["Index"],
                    "image": each["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"],
                    "label": each["Spec"]["Labels"]["com.docker.stack.image"],
                    "replicas": each["Spec"]["Mode"]["Replicated"]["Replicas"],
                    "update": each.get("UpdateStatus"),
                    "tasks": tasks(each["Spec"]["Name"]),
                }
                for each in api.services(filters={"label": "com.docker.stack.namespace=sample"})
            },
            "file": file(),
        }
    )
)
